// Instants, days and figures as people of the ward read them; the ward's clock, wherever the browser stands.
import { language } from './language';

export const zone = 'Asia/Ho_Chi_Minh';
const locale = () => (language.value === 'vi' ? 'vi-VN' : 'en-GB');
// Names as people of the ward order them; 2 before 10. One collator: made anew for each pair it takes a telephone a while.
const names = new Intl.Collator('vi', { numeric: true });
export const byName = (a: { name: string }, b: { name: string }) => names.compare(a.name, b.name);
const cache = new Map<string, Intl.DateTimeFormat>();

function written(options: Intl.DateTimeFormatOptions, instant: string | number | Date): string {
  const key = locale() + JSON.stringify(options);
  let format = cache.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(locale(), { timeZone: zone, ...options });
    cache.set(key, format);
  }
  return format.format(new Date(instant));
}

type Instant = string | number | Date;
export const timeOf = (instant: Instant) => written({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }, instant);
export const exactTimeOf = (instant: Instant) => written({ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }, instant);
export const dateOf = (instant: Instant) => written({ day: 'numeric', month: 'numeric', year: 'numeric' }, instant);
export const weekdayOf = (instant: Instant) => written({ weekday: 'long' }, instant);
export const whenOf = (instant: Instant) => `${timeOf(instant)} ${weekdayOf(instant)} ${dateOf(instant)}`;
// 2026-11-24: a day of the ward's calendar, whose clock knows no summer time. Reckoned: asking Intl takes a telephone 20 ms.
const aheadOfUtcMs = 7 * 3_600_000;
export const dayOf = (instant: Instant) => new Date(new Date(instant).getTime() + aheadOfUtcMs).toISOString().slice(0, 10);
// An instant in the middle of such a day, for the functions above.
export const noonOf = (day: string) => new Date(`${day}T12:00:00+07:00`);
export const addDays = (day: string, days: number) => dayOf(noonOf(day).getTime() + days * 86_400_000);
export const instantOf = (day: string, time: string) => new Date(`${day}T${time.length === 5 ? `${time}:00` : time}+07:00`);

// 75_000 → 1:15
export function lengthOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest.replace(/^0/, '');
}
export const figure = (value: number, digits = 0) => value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
