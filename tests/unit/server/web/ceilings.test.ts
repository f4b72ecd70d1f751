import { ceilingsByHour, classOf, quietByHour, type Rules } from '../../../../server/web/src/ceilings';

const area = (id: string, parent: string | null) => ({ area: id, name: id, parent, residents: null });
const areas = [area('ward', null), area('to-1', 'ward'), area('to-1-a', 'to-1'), area('to-2', 'ward')];
const school = { name: 'school', areas: ['to-1'], ceilings: [{ from: '05:30', until: '07:00', volume_pct: 40 }, { from: '06:30', until: '24:00', volume_pct: 60 }] };
const all = { name: 'all', areas: ['ward'], ceilings: [] };
const rules: Rules = { weekdays: ['mo'], sessions: [], gap_ms: 2000, classes: [all, school], quiet: { from: '21:00', until: '05:30' } };

it('finds the class of the nearest area', () => {
  expect(classOf('to-1-a', rules, areas)?.name).toBe('school');
  expect(classOf('to-2', rules, areas)?.name).toBe('all');
  expect(classOf('elsewhere', rules, areas)).toBeNull();
  expect(classOf('to-1', undefined, areas)).toBeNull();
});

it('tells the lowest ceiling of each hour', () => {
  const byHour = ceilingsByHour(school);
  expect(byHour).toHaveLength(24);
  expect([byHour[4], byHour[5], byHour[6], byHour[7], byHour[23]]).toEqual([100, 40, 40, 60, 60]);
  expect(ceilingsByHour(null).every((volume) => volume === 100)).toBe(true);
});

it('knows quiet hours over midnight, and hours that are quiet in part', () => {
  const quiet = quietByHour(rules);
  expect([quiet[20], quiet[21], quiet[23], quiet[0], quiet[5], quiet[6]]).toEqual([false, true, true, true, true, false]);
  expect(quietByHour({ ...rules, quiet: { from: '12:00', until: '13:00' } }).flatMap((is, hour) => (is ? [hour] : []))).toEqual([12]);
  expect(quietByHour(undefined)).not.toContain(true);
});
