// When something is heard, as an office says it, and as the server wants it (docs/schedules.md §4). What `whenOf` cannot
// put into these words is kept as it is.
import type { Schemas } from './api/client';
import { dayOf, instantOf, noonOf, timeOf } from './format';
import type { Language } from './language';

export type Rule = Schemas['NewSchedule']['rule'];
export const repeats = ['once', 'daily', 'weekly', 'monthly', 'yearly', 'lunar_monthly', 'lunar_yearly'] as const;
export type Repeat = (typeof repeats)[number];
export const weekdays = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;
export type Weekday = (typeof weekdays)[number];
// What becomes of an occurrence on a day off.
export type OnDayOff = 'play' | 'skip' | 'before' | 'after';

export interface When {
  repeat: Repeat;
  day: string; // first day, 2026-11-24
  time: string; // 06:00
  weekdays: Weekday[];
  dayOfMonth: number; // solar or lunar
  month: number; // of yearly ones, solar or lunar
  onDayOff: OnDayOff;
  until: string; // last day; empty: for good
}

export const isLunar = (repeat: Repeat) => repeat.startsWith('lunar');

export function firstWhen(day: string): When {
  return { repeat: 'once', day, time: '07:00', weekdays: ['MO'], dayOfMonth: 1, month: 1, onDayOff: 'play', until: '' };
}

// RFC 5545: of a zoned start UNTIL is in UTC.
const untilOf = (day: string) => instantOf(day, '23:59:59').toISOString().replace(/[-:]|\.\d+/g, '');
const dayOfUntil = (until: string) =>
  dayOf(`${until.slice(0, 4)}-${until.slice(4, 6)}-${until.slice(6, 8)}${until.length > 8 ? `T${until.slice(9, 11)}:${until.slice(11, 13)}:${until.slice(13, 15)}Z` : 'T12:00:00+07:00'}`);

function recurrenceOf(when: When): string {
  const scale = isLunar(when.repeat) ? 'RSCALE=VIETNAMESE;' : '';
  const end = when.until ? `;UNTIL=${untilOf(when.until)}` : '';
  switch (when.repeat) {
    case 'daily':
      return `FREQ=DAILY${end}`;
    case 'weekly':
      return `FREQ=WEEKLY;BYDAY=${weekdays.filter((day) => when.weekdays.includes(day)).join(',')}${end}`;
    case 'monthly':
    case 'lunar_monthly':
      return `${scale}FREQ=MONTHLY;BYMONTHDAY=${when.dayOfMonth}${end}`;
    default:
      return `${scale}FREQ=YEARLY;BYMONTH=${when.month};BYMONTHDAY=${when.dayOfMonth}${end}`;
  }
}

export function ruleOf(when: When): Rule {
  if (when.repeat === 'once') return { kind: 'once', start: instantOf(when.day, when.time).toISOString() };
  const rule: Rule = { kind: 'recurring', start: `${when.day}T${when.time}`, zone: 'Asia/Ho_Chi_Minh', rrules: [recurrenceOf(when)] };
  if (when.onDayOff === 'skip') rule.days = [{ skip_on: 'day_off' }];
  if (when.onDayOff === 'before' || when.onDayOff === 'after') rule.days = [{ move_from: 'day_off', to: when.onDayOff }];
  return rule;
}

const isEmpty = (list: readonly unknown[] | undefined) => !list || list.length === 0;

// null: it says more than these words can.
export function whenOf(rule: Rule): When | null {
  if (rule.kind === 'once') return { ...firstWhen(dayOf(rule.start)), time: timeOf(rule.start) };
  if (!isEmpty(rule.rdates) || !isEmpty(rule.exdates) || !isEmpty(rule.exdays) || !isEmpty(rule.moved) || rule.rrules?.length !== 1) return null;
  const fields = new Map(rule.rrules[0]!.split(';').map((field) => field.split('=') as [string, string]));
  const when: When = { ...firstWhen(rule.start.slice(0, 10)), time: rule.start.slice(11, 16) };
  const [step, ...more] = rule.days ?? [];
  if (more.length > 0 || step?.air_at || step?.only_on) return null;
  if (step?.skip_on === 'day_off') when.onDayOff = 'skip';
  else if (step?.move_from === 'day_off' && step.to) when.onDayOff = step.to;
  else if (step) return null;
  const until = fields.get('UNTIL');
  if (until) when.until = dayOfUntil(until);
  const lunar = fields.get('RSCALE') === 'VIETNAMESE' ? 'lunar_' : '';
  const number = (name: string) => Number(fields.get(name) ?? NaN);
  switch (fields.get('FREQ')) {
    case 'DAILY':
      when.repeat = 'daily';
      break;
    case 'WEEKLY':
      when.repeat = 'weekly';
      when.weekdays = (fields.get('BYDAY') ?? '').split(',').filter((day): day is Weekday => weekdays.includes(day as Weekday));
      break;
    case 'MONTHLY':
      when.repeat = `${lunar}monthly` as Repeat;
      when.dayOfMonth = number('BYMONTHDAY');
      break;
    case 'YEARLY':
      when.repeat = `${lunar}yearly` as Repeat;
      when.dayOfMonth = number('BYMONTHDAY');
      when.month = number('BYMONTH');
      break;
    default:
      return null;
  }
  // Said again it must be the same.
  const again = recurrenceOf(when).split(';').sort().join(';').replace(/;UNTIL=[^;]*/, '');
  return again === [...fields].filter(([name]) => name !== 'UNTIL').map(([name, value]) => `${name}=${value}`).sort().join(';') ? when : null;
}

const days: Record<Language, Record<Weekday, string>> = {
  vi: { MO: 'thứ Hai', TU: 'thứ Ba', WE: 'thứ Tư', TH: 'thứ Năm', FR: 'thứ Sáu', SA: 'thứ Bảy', SU: 'Chủ nhật' },
  en: { MO: 'Monday', TU: 'Tuesday', WE: 'Wednesday', TH: 'Thursday', FR: 'Friday', SA: 'Saturday', SU: 'Sunday' },
};
export const weekdayName = (day: Weekday, language: Language) => days[language][day];
const listed = (words: string[], and: string) => (words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${and} ${words.at(-1)}`);
const written = (day: string) => `${Number(day.slice(8))}/${Number(day.slice(5, 7))}/${day.slice(0, 4)}`;

// One plain sentence.
export function sentenceOf(when: When, language: Language): string {
  const { time, dayOfMonth, month } = when;
  const first = written(when.day);
  const sorted = weekdays.filter((day) => when.weekdays.includes(day)).map((day) => days[language][day]);
  const weekday = weekdays[(noonOf(when.day).getUTCDay() + 6) % 7]!;
  const vi: Record<Repeat, string> = {
    once: `Một lần, ${time} ${days.vi[weekday]} ngày ${first}`,
    daily: `Hằng ngày lúc ${time}`,
    weekly: `${time} ${listed(sorted, 'và')} hằng tuần`,
    monthly: `${time} ngày ${dayOfMonth} hằng tháng`,
    yearly: `${time} ngày ${dayOfMonth} tháng ${month} hằng năm`,
    lunar_monthly: `${time} ngày ${dayOfMonth} âm lịch hằng tháng`,
    lunar_yearly: `${time} ngày ${dayOfMonth} tháng ${month} âm lịch hằng năm`,
  };
  const en: Record<Repeat, string> = {
    once: `Once, at ${time} on ${days.en[weekday]} ${first}`,
    daily: `Every day at ${time}`,
    weekly: `At ${time} every ${listed(sorted, 'and')}`,
    monthly: `At ${time} on day ${dayOfMonth} of every month`,
    yearly: `At ${time} on ${dayOfMonth}/${month} of every year`,
    lunar_monthly: `At ${time} on day ${dayOfMonth} of every lunar month`,
    lunar_yearly: `At ${time} on day ${dayOfMonth} of lunar month ${month} of every year`,
  };
  if (when.repeat === 'once') return `${(language === 'vi' ? vi : en).once}.`;
  const off: Record<Language, Record<OnDayOff, string>> = {
    vi: { play: '', skip: '; ngày nghỉ thì không phát', before: '; ngày nghỉ thì phát vào ngày làm việc trước đó', after: '; ngày nghỉ thì phát vào ngày làm việc sau đó' },
    en: { play: '', skip: '; not on a day off', before: '; from a day off to the working day before', after: '; from a day off to the working day after' },
  };
  const range = language === 'vi' ? `, từ ${first}${when.until ? ` đến ${written(when.until)}` : ''}` : `, from ${first}${when.until ? ` to ${written(when.until)}` : ''}`;
  return `${(language === 'vi' ? vi : en)[when.repeat]}${range}${off[language][when.onDayOff]}.`;
}

// What is wrong with it, by the name of its text; null: nothing.
export function faultOf(when: When, now: number): 'past' | 'no_weekday' | 'no_day' | 'until_before' | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(when.day) || !/^\d\d:\d\d$/.test(when.time)) return 'no_day';
  if (when.repeat === 'once' && instantOf(when.day, when.time).getTime() < now) return 'past';
  if (when.repeat === 'weekly' && when.weekdays.length === 0) return 'no_weekday';
  if (when.repeat !== 'once' && when.until && when.until < when.day) return 'until_before';
  return null;
}
