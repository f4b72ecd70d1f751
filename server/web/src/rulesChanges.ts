// What one version of the ward's rules says otherwise than another.
import type { AreaClass, Rules } from './ceilings';

export const weekdays = ['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'] as const;
export const announcementClasses = ['normal', 'priority', 'emergency'] as const;

export type Subject = 'weekdays' | 'quiet' | 'gap' | 'session' | 'class' | 'chime';
export interface Change {
  subject: Subject;
  name: string; // of the session, the class of areas, or the class of announcements
  before: unknown;
  after: unknown;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
const sortedDays = (days: readonly string[]) => weekdays.filter((day) => days.includes(day));
const plainClass = ({ name, areas, ceilings }: AreaClass) => ({ name, areas: [...areas].sort(), ceilings: ceilings.map(({ from, until, volume_pct }) => ({ from, until, volume_pct })) });
const plainSession = ({ name, from, until, longest_ms }: Rules['sessions'][number]) => ({ name, from, until, longest_ms });

function listed<T extends { name: string }>(subject: Subject, before: T[], after: T[]): Change[] {
  const of = (list: T[], name: string) => list.find((each) => each.name === name) ?? null;
  return [...new Set([...before, ...after].map((each) => each.name))]
    .map((name) => ({ subject, name, before: of(before, name), after: of(after, name) }))
    .filter((change) => !same(change.before, change.after));
}

export function changesOf(before: Rules | undefined, after: Rules): Change[] {
  const was: Rules = before ?? { weekdays: [], sessions: [], gap_ms: -1 };
  const changes: Change[] = [];
  if (!same(sortedDays(was.weekdays), sortedDays(after.weekdays))) changes.push({ subject: 'weekdays', name: '', before: sortedDays(was.weekdays), after: sortedDays(after.weekdays) });
  const quiet = ({ quiet }: Rules) => (quiet ? { from: quiet.from, until: quiet.until } : null);
  if (!same(quiet(was), quiet(after))) changes.push({ subject: 'quiet', name: '', before: quiet(was), after: quiet(after) });
  if (was.gap_ms !== after.gap_ms) changes.push({ subject: 'gap', name: '', before: before ? was.gap_ms : null, after: after.gap_ms });
  changes.push(...listed('session', was.sessions.map(plainSession), after.sessions.map(plainSession)));
  changes.push(...listed('class', (was.classes ?? []).map(plainClass), (after.classes ?? []).map(plainClass)));
  for (const each of announcementClasses) {
    const of = (rules: Rules) => rules.chimes?.[each]?.announcement ?? null;
    if (of(was) !== of(after)) changes.push({ subject: 'chime', name: each, before: of(was), after: of(after) });
  }
  return changes;
}
