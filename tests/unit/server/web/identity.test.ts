import { idOf, plain, proposeNodeId, proposePersonId, unused } from '../../../../server/web/src/identity';

it('takes the marks off', () => {
  expect(plain('Tổ dân phố Đồng Hoà 4')).toBe('to dan pho dong hoa 4');
  expect(idOf('  Tổ dân phố số 4 – chợ! ')).toBe('to-dan-pho-so-4-cho');
  expect(idOf('???')).toBe('');
  expect(idOf(`${'a'.repeat(63)} b`)).toBe('a'.repeat(63));
});

it('counts on where the ward counts', () => {
  expect(proposeNodeId('Loa cổng chợ', [{ node: 'tdp-01' }, { node: 'tdp-09' }, { node: 'cho-2' }])).toBe('tdp-10');
  expect(proposeNodeId('Loa cổng chợ', [])).toBe('loa-cong-cho');
  expect(proposeNodeId('Loa cổng chợ', [{ node: 'loa-cong-cho' }])).toBe('loa-cong-cho-2');
  expect(proposeNodeId('', [])).toBe('');
});

it('names a person as offices do', () => {
  expect(proposePersonId('Nguyễn Văn An', [])).toBe('annv');
  expect(proposePersonId('Đỗ Thị Bích Đào', ['daodtb'])).toBe('daodtb-2');
  expect(proposePersonId('', ['annv'])).toBe('');
  expect(unused('a', ['a', 'a-2'])).toBe('a-3');
});
