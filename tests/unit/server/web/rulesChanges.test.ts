import type { Rules } from '../../../../server/web/src/ceilings';
import { changesOf } from '../../../../server/web/src/rulesChanges';

const rules: Rules = {
  weekdays: ['mo', 'tu'], gap_ms: 2000, sessions: [{ name: 'sáng', from: '06:00', until: '06:30', longest_ms: 900_000 }], quiet: { from: '21:00', until: '05:30' },
  classes: [{ name: 'trường', areas: ['to-2', 'to-1'], ceilings: [{ from: '00:00', until: '24:00', volume_pct: 40 }] }], chimes: { normal: { announcement: 'a-1', clip: 'x', duration_ms: 3000 } },
};

it('tells nothing of what is the same', () => {
  expect(changesOf(rules, { ...rules, weekdays: ['tu', 'mo'], classes: [{ ...rules.classes![0]!, areas: ['to-1', 'to-2'] }], chimes: { normal: { announcement: 'a-1' } } })).toEqual([]);
});

it('tells what was added, changed and taken away', () => {
  const { quiet: _quiet, ...loud } = rules;
  const changes = changesOf(rules, { ...loud, weekdays: ['mo'], gap_ms: 0, sessions: [{ name: 'sáng', from: '06:00', until: '06:40', longest_ms: 900_000 }, { name: 'chiều', from: '17:00', until: '17:30', longest_ms: 900_000 }], classes: [], chimes: {} });
  expect(changes.map(({ subject, name }) => `${subject} ${name}`.trim())).toEqual(['weekdays', 'quiet', 'gap', 'session sáng', 'session chiều', 'class trường', 'chime normal']);
  expect(changes.find(({ name }) => name === 'chiều')?.before).toBeNull();
  expect(changes.find(({ name }) => name === 'trường')?.after).toBeNull();
  expect(changes.find(({ subject }) => subject === 'quiet')).toMatchObject({ before: { from: '21:00' }, after: null });
});

it('tells all of the first version', () => {
  expect(changesOf(undefined, rules).map(({ subject }) => subject)).toEqual(['weekdays', 'quiet', 'gap', 'session', 'class', 'chime']);
});
