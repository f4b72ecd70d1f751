// What the chairman's page decides by itself: for which day, when, and as what schedule.
import type { Said, Schemas } from './api/client';
import { instantOf, noonOf, timeOf } from './format';

type Day = Schemas['Days'][number];
export type NewSchedule = Schemas['NewSchedule'];
export type Difference = Schemas['Difference'];

export interface Occasion {
  holiday: string;
  name: Said;
  day: string; // its first
  lunar: Said;
  isGreat: boolean; // a great day or a day off, not a commemoration
  isLong: boolean; // of several days: the feast itself need not be the first
}

// Each feast once, by its first day that is in force.
export function occasionsOf(days: readonly Day[]): Occasion[] {
  const found = new Map<string, Occasion>();
  for (const { day, lunar, holidays } of days)
    for (const { holiday, in_force, kinds, vi, en } of holidays) {
      if (!in_force) continue;
      const known = found.get(holiday);
      if (known) known.isLong = true;
      else found.set(holiday, { holiday, name: { vi, en }, day, lunar, isGreat: kinds.some((kind) => kind !== 'commemoration'), isLong: false });
    }
  return [...found.values()].sort((a, b) => a.day.localeCompare(b.day) || Number(b.isGreat) - Number(a.isGreat));
}

export const daysBetween = (from: string, to: string) => Math.round((noonOf(to).getTime() - noonOf(from).getTime()) / 86_400_000);

// "mùng 1 tháng Giêng năm Đinh Mùi" → "Đinh Mùi"
export const lunarYear = (lunar: string) => /(?:năm|year) (.+)$/.exec(lunar)?.[1] ?? '';

// The loudspeakers must have fetched plan and sound by then: the first whole minute that is a minute away.
export const soonest = (now: number) => Math.ceil((now + 60_000) / 60_000) * 60_000;
export const isStale = (start: number, now: number) => start - now < 25_000;

// People rest from 21:00 to 05:30; a warning stands on every start in it.
export function isAtNight(instant: number | string): boolean {
  const time = timeOf(instant);
  return time >= '21:00' || time < '05:30';
}

// "2027-01-01T07:00:00", the ward's clock
export const instantOfDue = (due: string) => instantOf(due.slice(0, 10), due.slice(11, 16)).getTime();

export interface Wanted {
  announcement: string;
  areas: string[];
  volumePct: number;
  start: number;
  isYearly: boolean;
  reason: '' | 'great_holiday' | 'political_event';
  reasonWords: string;
}

const besideDays = 7;
const laterMs = 15 * 60_000;
const lateMs = 60_000;

// `filled`: what the template `greeting` makes of the feast. Only at the feast itself does it keep the feast's name and
// the reason that lets it sound outside the ward's hours.
export function scheduleOf(wanted: Wanted, filled: NewSchedule | null, feast: string | null): NewSchedule {
  const { announcement, areas, start, volumePct } = wanted;
  const common = { announcement, areas, volume_pct: volumePct };
  const exception = wanted.reason ? { exception: { reason: wanted.reason, words: wanted.reasonWords } } : {};
  if (filled && wanted.isYearly) return { ...filled, ...common, ...exception };
  const rule = { kind: 'once' as const, start: new Date(start).toISOString() };
  const isOfFeast = filled !== null && feast !== null && Math.abs(start - noonOf(feast).getTime()) < besideDays * 86_400_000;
  if (isOfFeast) return { ...filled, ...common, ...exception, rule };
  return { ...common, ...exception, rule, later_ms: laterMs, late_ms: lateMs };
}

export interface Effect {
  own: { start: number; lengthMs: number; verdict: 'plays' | 'shifted' | 'shortened' | 'cancelled' } | null;
  others: { schedule: string; kind: 'moved' | 'shortened' | 'cancelled'; before: string; after: string }[];
}
// Of what an edit changes: the first play of the new schedule, and what happens to those of others.
export function effectOf(difference: Difference, schedule: string): Effect {
  const effect: Effect = { own: null, others: [] };
  for (const change of difference.changes) {
    const { before, after } = change;
    if (change.schedule === schedule) {
      if (after && !effect.own && after.verdict !== 'cancelled') effect.own = { start: Date.parse(after.start), lengthMs: after.length_ms, verdict: after.verdict };
      continue;
    }
    if (!before || before.verdict === 'cancelled') continue;
    const kind = !after || after.verdict === 'cancelled' ? 'cancelled' : after.start !== before.start ? 'moved' : after.length_ms < before.length_ms ? 'shortened' : null;
    if (kind) effect.others.push({ schedule: change.schedule, kind, before: before.start, after: after?.start ?? before.start });
  }
  return effect;
}
