import { type NewSchedule, type Wanted, daysBetween, effectOf, instantOfDue, isAtNight, isStale, lunarYear, occasionsOf, scheduleOf, soonest } from '../../../../server/web/src/greeting';

const lunar = (day: number) => ({ day, en: '', leap: false, month: 1, vi: '', year: 2027 });
const feast = (holiday: string, kinds: ('day_off' | 'great_day' | 'commemoration')[], in_force = true) => ({ holiday, kinds, in_force, vi: holiday, en: holiday });
const day = (name: string, ...holidays: ReturnType<typeof feast>[]) => ({ day: name, lunar: lunar(1), holidays, off: null, working: true });

describe('the feasts that a greeting is for', () => {
  const found = occasionsOf([
    day('2027-02-05', feast('giao-thua', ['commemoration']), feast('tet', ['day_off', 'great_day'])),
    day('2027-02-06', feast('tet', ['day_off', 'great_day'])),
    day('2027-09-01', feast('beside', ['day_off'], false)),
    day('2027-01-01', feast('new-year', ['day_off'])),
  ]);
  it('are told once, by their first day, the great ones first', () => expect(found.map((each) => [each.holiday, each.day])).toEqual([['new-year', '2027-01-01'], ['tet', '2027-02-05'], ['giao-thua', '2027-02-05']]));
  it('are of one day or of several', () => expect(found.map((each) => each.isLong)).toEqual([false, true, false]));
  it('are great or commemorations', () => expect(found.map((each) => each.isGreat)).toEqual([true, true, false]));
});

it('counts days over months and years', () => {
  expect(daysBetween('2026-11-28', '2027-01-01')).toBe(34);
  expect(daysBetween('2026-11-28', '2026-11-28')).toBe(0);
});
it('reads the name of the lunar year', () => {
  expect(lunarYear('mùng 1 tháng Giêng năm Đinh Mùi')).toBe('Đinh Mùi');
  expect(lunarYear('day 1 of lunar month 1, year Đinh Mùi')).toBe('Đinh Mùi');
  expect(lunarYear('')).toBe('');
});
it('a due time is the ward’s', () => expect(new Date(instantOfDue('2027-01-01T07:00:00')).toISOString()).toBe('2027-01-01T00:00:00.000Z'));
it('the soonest is a whole minute, at least one minute away', () => {
  const now = Date.parse('2026-11-28T06:00:10Z');
  expect(new Date(soonest(now)).toISOString()).toBe('2026-11-28T06:02:00.000Z');
  expect(soonest(Date.parse('2026-11-28T06:00:00Z')) - Date.parse('2026-11-28T06:00:00Z')).toBe(60_000);
  expect(isStale(soonest(now), now)).toBe(false);
  expect(isStale(now + 20_000, now)).toBe(true);
});
it.each([['2026-11-28T13:59:00Z', false], ['2026-11-28T14:00:00Z', true], ['2026-11-28T20:15:00Z', true], ['2026-11-28T22:29:00Z', true], ['2026-11-28T22:30:00Z', false]])('%s is at night in the ward: %s', (instant, is) => expect(isAtNight(instant)).toBe(is));

describe('the schedule', () => {
  const filled = {
    event: 'tet', exception: { reason: 'great_holiday', words: 'w' }, later_ms: 900_000, rank: -10, template: 'greeting', volume_pct: 60,
    rule: { kind: 'recurring', rrules: ['FREQ=YEARLY'], start: '2026-11-28T07:00:00' },
  } as unknown as NewSchedule;
  const wanted: Wanted = { announcement: 'a-1', areas: ['ward'], volumePct: 70, start: Date.parse('2027-02-06T00:00:00Z'), isYearly: false, reason: '', reasonWords: 'r' };
  it('is for the feast once, with its name and its reason', () => {
    const made = scheduleOf(wanted, filled, '2027-02-06');
    expect(made).toMatchObject({ announcement: 'a-1', areas: ['ward'], volume_pct: 70, event: 'tet', exception: { reason: 'great_holiday' }, rank: -10, rule: { kind: 'once', start: '2027-02-06T00:00:00.000Z' } });
    expect(made.rule.rrules).toBeUndefined();
  });
  it('is yearly by the rule of the template', () => expect(scheduleOf({ ...wanted, isYearly: true }, filled, '2027-02-06').rule).toEqual(filled.rule));
  it('has neither far from the feast: nothing lifts the ward’s hours', () => {
    const made = scheduleOf({ ...wanted, start: Date.parse('2026-12-01T00:00:00Z') }, filled, '2027-02-06');
    expect(made.exception).toBeUndefined();
    expect(made.event).toBeUndefined();
    expect(made.later_ms).toBe(900_000);
  });
  it('takes the reason that somebody gives', () => expect(scheduleOf({ ...wanted, reason: 'political_event' }, null, null).exception).toEqual({ reason: 'political_event', words: 'r' }));
});

describe('what it changes', () => {
  const place = (start: string, verdict: 'plays' | 'shifted' | 'shortened' | 'cancelled', length_ms = 1000) => ({ start, verdict, length_ms });
  const difference = (...changes: { schedule: string; before: ReturnType<typeof place> | null; after: ReturnType<typeof place> | null }[]) => ({ added: 0, cancelled: 0, moved: 0, shortened: 0, silent: 0, changes: changes.map((each) => ({ ...each, due: '2027-01-01T00:00:00Z' })) });
  it('tells the own play and those of others', () => {
    const effect = effectOf(
      difference(
        { schedule: 'own', before: null, after: place('2027-01-01T00:05:00Z', 'shifted') },
        { schedule: 'a', before: place('2027-01-01T00:00:00Z', 'plays'), after: place('2027-01-01T00:10:00Z', 'shifted') },
        { schedule: 'b', before: place('2027-01-01T00:00:00Z', 'plays'), after: place('2027-01-01T00:00:00Z', 'shortened', 500) },
        { schedule: 'c', before: place('2027-01-01T00:00:00Z', 'plays'), after: place('2027-01-01T00:00:00Z', 'cancelled') },
        { schedule: 'd', before: null, after: place('2027-01-01T00:00:00Z', 'plays') },
      ),
      'own',
    );
    expect(effect.own).toEqual({ start: Date.parse('2027-01-01T00:05:00Z'), lengthMs: 1000, verdict: 'shifted' });
    expect(effect.others.map((each) => [each.schedule, each.kind])).toEqual([['a', 'moved'], ['b', 'shortened'], ['c', 'cancelled']]);
  });
  it('has no own play when it is farther than is foreseen', () => expect(effectOf(difference(), 'own')).toEqual({ own: null, others: [] }));
});
