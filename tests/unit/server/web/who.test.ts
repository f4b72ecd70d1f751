import type { Node } from '../../../../server/web/src/api/client';
import { areas, residentsOf } from '../../../../server/web/src/ward';
import { isHearing, mayBeChosen, tidied, withNodes, withoutNode } from '../../../../server/web/src/who';

const node = (id: string, area: string, state = 'enrolled') => ({ node: id, area, name: id, state }) as unknown as Node;
const all = [node('n-1', 'tdp-1'), node('n-2', 'tdp-1'), node('n-3', 'tdp-2'), node('n-4', 'tdp-2', 'revoked')];
beforeEach(() => {
  areas.value = [
    { area: 'ward', parent: null, name: 'Phường', residents: null },
    { area: 'tdp-1', parent: 'ward', name: 'Tổ 1', residents: 1200 },
    { area: 'tdp-2', parent: 'ward', name: 'Tổ 2', residents: 800 },
  ];
});

it('hears by its area, by one above, or by name', () => {
  expect(isHearing(all[0]!, { areas: ['ward'], nodes: [] })).toBe(true);
  expect(isHearing(all[0]!, { areas: ['tdp-2'], nodes: [] })).toBe(false);
  expect(isHearing(all[0]!, { areas: ['tdp-2'], nodes: ['n-1'] })).toBe(true);
});
it('names only those that no area covers', () => {
  expect(withNodes({ areas: ['tdp-1'], nodes: [] }, all.slice(0, 3))).toEqual({ areas: ['tdp-1'], nodes: ['n-3'] });
  expect(tidied({ areas: ['tdp-1'], nodes: ['n-1', 'n-3'] }, all)).toEqual({ areas: ['tdp-1'], nodes: ['n-3'] });
});
it('leaves one of an area out by naming the others', () => {
  const enrolled = mayBeChosen(all, null);
  expect(withoutNode({ areas: ['ward'], nodes: [] }, all[0]!, enrolled)).toEqual({ areas: [], nodes: ['n-2', 'n-3'] });
  expect(withoutNode({ areas: ['tdp-1', 'tdp-2'], nodes: [] }, all[0]!, enrolled)).toEqual({ areas: ['tdp-2'], nodes: ['n-2'] });
  expect(withoutNode({ areas: ['tdp-2'], nodes: ['n-1', 'n-2'] }, all[0]!, enrolled)).toEqual({ areas: ['tdp-2'], nodes: ['n-2'] });
});
it('offers what may sound, within the own area', () => {
  expect(mayBeChosen(all, null).map((each) => each.node)).toEqual(['n-1', 'n-2', 'n-3']);
  expect(mayBeChosen(all, 'tdp-2').map((each) => each.node)).toEqual(['n-3']);
});
it('counts residents of an area by what lies in it when it does not say', () => {
  expect(residentsOf(['ward'])).toBe(2000);
  expect(residentsOf(['tdp-2'])).toBe(800);
});
