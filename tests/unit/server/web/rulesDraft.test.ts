import type { Rules } from '../../../../server/web/src/ceilings';
import { changesOf } from '../../../../server/web/src/rulesChanges';
import { draftOf, faultOf, rulesOf } from '../../../../server/web/src/rulesDraft';

const rules: Rules = {
  weekdays: ['mo', 'sa'], gap_ms: 1500, quiet: { from: '21:00', until: '05:30' }, sessions: [{ name: 'tối', from: '18:00', until: '24:00', longest_ms: 900_000 }],
  classes: [{ name: 'trường', areas: ['to-1'], ceilings: [{ from: '21:00', until: '24:00', volume_pct: 20 }] }], chimes: { priority: { announcement: 'a-1' } },
};

it('comes back from the form as it went in', () => {
  expect(rulesOf(draftOf(rules, 3))).toEqual(rules);
  expect(changesOf(rules, rulesOf(draftOf(rules, 3)))).toEqual([]);
  expect(draftOf(rules, 3)).toMatchObject({ base: 3, decision: '', sessions: [{ until: '00:00', minutes: 15 }] });
});

it('begins with working days and quiet nights', () => {
  expect(rulesOf(draftOf(undefined, 0))).toEqual({ weekdays: ['mo', 'tu', 'we', 'th', 'fr'], sessions: [], gap_ms: 2000, quiet: { from: '21:00', until: '05:30' } });
});

it('leaves out quiet hours and classes that there are none of', () => {
  const drafted = { ...draftOf(rules, 1), hasQuiet: false, classes: [] };
  expect(Object.keys(rulesOf(drafted)).sort()).toEqual(['chimes', 'gap_ms', 'sessions', 'weekdays']);
});

it('tells what is plainly wrong', () => {
  const good = draftOf(rules, 1);
  expect(faultOf(good)).toBeNull();
  expect(faultOf({ ...good, weekdays: [] })?.fault).toBe('refuse_day');
  expect(faultOf({ ...good, sessions: [{ name: 'a', from: '10:00', until: '09:00', minutes: 5 }] })).toEqual({ fault: 'refuse_session', values: { name: 'a' } });
  expect(faultOf({ ...good, sessions: [...good.sessions, { ...good.sessions[0]!, name: 'tối ' }] })).toEqual({ fault: 'refuse_twice', values: { name: 'tối' } });
  expect(faultOf({ ...good, classes: [{ name: 'b', areas: [], ceilings: [] }] })?.fault).toBe('refuse_areas');
  expect(faultOf({ ...good, classes: [{ name: 'b', areas: ['to-1'], ceilings: [{ from: '22:00', until: '05:00', volume: 20 }] }] })?.fault).toBe('refuse_ceiling');
});
