// How loud a loudspeaker may be by hour: the ceilings of its area's class (docs/schedules.md §3) and the ward's quiet
// hours. The server decides; this is for showing what it decides by.
import type { Area, Schemas } from './api/client';

export type Rules = Schemas['WardRules']['rules'];
export type AreaClass = NonNullable<Rules['classes']>[number];
export const hours = Array.from({ length: 24 }, (_, hour) => hour);

export const minutesOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

// The class of the nearest area at or above `area` that is named.
export function classOf(area: string, rules: Rules | undefined, areas: readonly Area[]): AreaClass | null {
  const parents = new Map(areas.map((each) => [each.area, each.parent]));
  const seen = new Set<string>();
  for (let at: string | null = area; at !== null && !seen.has(at); at = parents.get(at) ?? null) {
    seen.add(at);
    for (const each of rules?.classes ?? []) if (each.areas.includes(at)) return each;
  }
  return null;
}

// The lowest ceiling of each hour; 100 where there is none.
export function ceilingsByHour(of: AreaClass | null): number[] {
  return hours.map((hour) =>
    (of?.ceilings ?? [])
      .filter(({ from, until }) => minutesOf(from) < (hour + 1) * 60 && minutesOf(until) > hour * 60)
      .reduce((lowest, { volume_pct }) => Math.min(lowest, volume_pct), 100),
  );
}

// Whether any part of the hour is quiet.
export function quietByHour(rules: Rules | undefined): boolean[] {
  if (!rules?.quiet) return hours.map(() => false);
  const from = minutesOf(rules.quiet.from);
  const until = minutesOf(rules.quiet.until);
  return hours.map((hour) => {
    const touches = (a: number, b: number) => a < (hour + 1) * 60 && b > hour * 60;
    return from < until ? touches(from, until) : touches(from, 24 * 60) || touches(0, until);
  });
}
