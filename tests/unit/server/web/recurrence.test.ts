import { type When, faultOf, firstWhen, ruleOf, sentenceOf, whenOf } from '../../../../server/web/src/recurrence';

const when = (some: Partial<When>): When => ({ ...firstWhen('2026-11-27'), time: '06:00', ...some });

describe('a choice becomes a rule', () => {
  it.each<[Partial<When>, object]>([
    [{}, { kind: 'once', start: '2026-11-26T23:00:00.000Z' }],
    [{ repeat: 'daily' }, { rrules: ['FREQ=DAILY'] }],
    [{ repeat: 'weekly', weekdays: ['FR', 'MO'] }, { rrules: ['FREQ=WEEKLY;BYDAY=MO,FR'] }],
    [{ repeat: 'monthly', dayOfMonth: 15 }, { rrules: ['FREQ=MONTHLY;BYMONTHDAY=15'] }],
    [{ repeat: 'lunar_monthly', dayOfMonth: 15 }, { rrules: ['RSCALE=VIETNAMESE;FREQ=MONTHLY;BYMONTHDAY=15'] }],
    [{ repeat: 'lunar_yearly', dayOfMonth: 10, month: 3 }, { rrules: ['RSCALE=VIETNAMESE;FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=10'] }],
    [{ repeat: 'daily', until: '2026-12-31' }, { rrules: ['FREQ=DAILY;UNTIL=20261231T165959Z'] }],
    [{ repeat: 'daily', onDayOff: 'skip' }, { days: [{ skip_on: 'day_off' }] }],
    [{ repeat: 'daily', onDayOff: 'before' }, { days: [{ move_from: 'day_off', to: 'before' }] }],
  ])('%j', (some, rule) => {
    expect(ruleOf(when(some))).toMatchObject(rule);
  });
  it('keeps the ward’s clock', () => {
    expect(ruleOf(when({ repeat: 'daily' }))).toMatchObject({ kind: 'recurring', start: '2026-11-27T06:00', zone: 'Asia/Ho_Chi_Minh' });
  });
});

describe('and back', () => {
  it.each<Partial<When>>([
    {},
    { repeat: 'daily', until: '2026-12-31', onDayOff: 'after' },
    { repeat: 'weekly', weekdays: ['MO', 'FR'] },
    { repeat: 'monthly', dayOfMonth: 31, onDayOff: 'skip' },
    { repeat: 'yearly', dayOfMonth: 2, month: 9 },
    { repeat: 'lunar_monthly', dayOfMonth: 1 },
    { repeat: 'lunar_yearly', dayOfMonth: 15, month: 8 },
  ])('%j', (some) => {
    expect(whenOf(ruleOf(when(some)))).toEqual(when(some));
  });
  it.each([
    { rrules: ['FREQ=DAILY;INTERVAL=2'] },
    { rrules: ['FREQ=MONTHLY;BYDAY=1MO'] },
    { rrules: ['FREQ=DAILY', 'FREQ=WEEKLY;BYDAY=MO'] },
    { rrules: ['FREQ=DAILY;COUNT=5'] },
    { rrules: ['FREQ=DAILY'], exdays: ['2026-12-01'] },
    { rrules: ['FREQ=DAILY'], moved: [{ from: '2026-12-01T06:00', to: '2026-12-02T06:00' }] },
    { rrules: ['FREQ=DAILY'], days: [{ air_at: [{ days: -1, time: '18:30' }] }] },
    { rrules: ['FREQ=DAILY'], days: [{ skip_on: 'great_day' as const }] },
    { rrules: ['FREQ=HOURLY'] },
  ])('what these words cannot say is kept: %j', (rest) => {
    expect(whenOf({ kind: 'recurring', start: '2026-11-27T06:00', ...rest })).toBeNull();
  });
});

describe('a plain sentence', () => {
  it.each<[Partial<When>, string, string]>([
    [{}, 'Một lần, 06:00 thứ Sáu ngày 27/11/2026.', 'Once, at 06:00 on Friday 27/11/2026.'],
    [{ repeat: 'weekly', weekdays: ['FR', 'MO', 'WE'] }, '06:00 thứ Hai, thứ Tư và thứ Sáu hằng tuần, từ 27/11/2026.', 'At 06:00 every Monday, Wednesday and Friday, from 27/11/2026.'],
    [{ repeat: 'lunar_yearly', dayOfMonth: 10, month: 3 }, '06:00 ngày 10 tháng 3 âm lịch hằng năm, từ 27/11/2026.', 'At 06:00 on day 10 of lunar month 3 of every year, from 27/11/2026.'],
    [{ repeat: 'daily', until: '2026-12-31', onDayOff: 'skip' }, 'Hằng ngày lúc 06:00, từ 27/11/2026 đến 31/12/2026; ngày nghỉ thì không phát.', 'Every day at 06:00, from 27/11/2026 to 31/12/2026; not on a day off.'],
  ])('%j', (some, vi, en) => {
    expect(sentenceOf(when(some), 'vi')).toBe(vi);
    expect(sentenceOf(when(some), 'en')).toBe(en);
  });
});

describe('what is wrong with it', () => {
  const now = Date.parse('2026-11-27T00:00:00Z'); // 07:00 in the ward
  it.each<[Partial<When>, string | null]>([
    [{ time: '07:01' }, null],
    [{ time: '06:59' }, 'past'],
    [{ repeat: 'daily', time: '06:59' }, null],
    [{ repeat: 'weekly', weekdays: [] }, 'no_weekday'],
    [{ repeat: 'daily', until: '2026-11-26' }, 'until_before'],
    [{ day: '' }, 'no_day'],
    [{ time: '' }, 'no_day'],
  ])('%j: %s', (some, fault) => {
    expect(faultOf(when(some), now)).toBe(fault);
  });
});
