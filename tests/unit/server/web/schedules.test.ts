import { localOf, moveAll, moveOne } from '../../../../server/web/src/schedules';

const daily = { kind: 'recurring' as const, start: '2026-11-27T06:00', zone: 'Asia/Ho_Chi_Minh', rrules: ['FREQ=DAILY'] };
const due = '2026-11-27T23:00:00.000Z'; // 06:00 on the 28th
const to = new Date('2026-11-29T00:30:00Z'); // 07:30 on the 29th

describe('one occurrence is moved', () => {
  it('of a schedule that is heard once by its start', () => {
    expect(moveOne({ kind: 'once', start: due }, due, to)).toEqual({ kind: 'once', start: '2026-11-29T00:30:00.000Z' });
  });
  it('of a series by itself', () => {
    expect(moveOne(daily, due, to)).toEqual({ ...daily, moved: [{ from: '2026-11-28T06:00', to: '2026-11-29T07:30' }] });
  });
  it('a second time from where it was due at first', () => {
    const once = moveOne(daily, due, to);
    expect(moveOne(once, to.toISOString(), new Date('2026-11-30T01:00:00Z')).moved).toEqual([{ from: '2026-11-28T06:00', to: '2026-11-30T08:00' }]);
  });
  it('beside others that stay moved', () => {
    const other = { from: '2026-12-01T06:00', to: '2026-12-01T09:00' };
    expect(moveOne({ ...daily, moved: [other] }, due, to).moved).toEqual([other, { from: '2026-11-28T06:00', to: '2026-11-29T07:30' }]);
  });
});

describe('a series is moved', () => {
  it('to another time of day, with all that was moved by itself', () => {
    expect(moveAll({ ...daily, moved: [{ from: 'a', to: 'b' }] }, to)).toEqual({ ...daily, start: '2026-11-27T07:30' });
  });
  it.each([{ days: [{ air_at: [{ days: -1, time: '18:30' }] }] }, { rdates: ['2026-12-01T06:00'] }])('not when it has times of its own: %j', (some) => {
    expect(moveAll({ ...daily, ...some }, to)).toBeNull();
  });
});

it('tells the ward’s clock', () => {
  expect(localOf(due)).toBe('2026-11-28T06:00');
  expect(localOf('2026-11-27T23:00:05Z')).toBe('2026-11-28T06:00:05');
});
