// A schedule that is there, as what is sent to change it; and one occurrence of it moved (docs/schedules.md §4).
import type { Schedule, Schemas } from './api/client';
import { dayOf, exactTimeOf, timeOf } from './format';
import type { Rule } from './recurrence';

// All its terms as they are, and the version that they are of: the server refuses to write over another's edit.
export function bodyOfSchedule(of: Schedule): Schemas['ScheduleEdit'] {
  const { announcement, areas, nodes, volume_pct, rank, later_ms, shortest_ms, late_ms } = of;
  return {
    announcement, areas, nodes, volume_pct, rank, later_ms, shortest_ms, late_ms,
    rule: of.rule as Rule,
    made: of.made,
    ...(of.session === null ? {} : { session: of.session }),
    ...(of.stagger_ms === null ? {} : { stagger_ms: of.stagger_ms }),
    ...(of.exception === null ? {} : { exception: of.exception }),
    ...(of.template === null ? {} : { template: of.template }),
    ...(of.event === null ? {} : { event: of.event }),
    ...(of.chime === null ? {} : { chime: of.chime }),
  };
}

// An instant on the ward's clock without its zone, 2026-11-27T06:00.
export const localOf = (instant: string | number | Date) => `${dayOf(instant)}T${exactTimeOf(instant).replace(/:00$/, '')}`;

// What is due at `due` comes at `to` instead: that one alone.
export function moveOne(rule: Rule, due: string, to: Date): Rule {
  if (rule.kind === 'once') return { ...rule, start: to.toISOString() };
  const from = localOf(due);
  const moved = rule.moved ?? [];
  const known = moved.find((each) => each.to === from || each.to === `${from}:00`);
  if (known) return { ...rule, moved: moved.map((each) => (each === known ? { from: each.from, to: localOf(to) } : each)) };
  return { ...rule, moved: [...moved, { from, to: localOf(to) }] };
}

// The whole series at another time of day. null: it has times that one cannot say so of.
export function moveAll(rule: Rule, to: Date): Rule | null {
  if (rule.kind !== 'recurring' || (rule.days ?? []).some((step) => step.air_at) || (rule.rdates ?? []).length > 0) return null;
  const { moved: _moved, ...rest } = rule;
  return { ...rest, start: `${rule.start.slice(0, 10)}T${timeOf(to)}` };
}
