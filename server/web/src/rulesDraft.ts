// The ward's rules as a form holds them: fields of text and numbers, until they are whole.
import type { Rules } from './ceilings';
import { announcementClasses, weekdays } from './rulesChanges';

export type ClassName = (typeof announcementClasses)[number];
export interface RulesDraft {
  isOpen: boolean;
  base: number; // the version that it began from; 0 when there was none
  decision: string;
  weekdays: string[];
  hasQuiet: boolean;
  quietFrom: string;
  quietUntil: string;
  sessions: { name: string; from: string; until: string; minutes: number }[];
  gapS: number;
  chimes: Record<ClassName, string>;
  classes: { name: string; areas: string[]; ceilings: { from: string; until: string; volume: number }[] }[];
}

// A field of time knows no 24:00.
const shown = (time: string) => (time === '24:00' ? '00:00' : time);
const end = (time: string) => (time === '00:00' ? '24:00' : time);

export function draftOf(rules: Rules | undefined, base: number): RulesDraft {
  return {
    isOpen: false,
    base,
    decision: '',
    weekdays: rules ? weekdays.filter((day) => rules.weekdays.includes(day)) : ['mo', 'tu', 'we', 'th', 'fr'],
    hasQuiet: rules ? rules.quiet !== undefined : true,
    quietFrom: rules?.quiet?.from ?? '21:00',
    quietUntil: rules?.quiet?.until ?? '05:30',
    sessions: (rules?.sessions ?? []).map(({ name, from, until, longest_ms }) => ({ name, from, until: shown(until), minutes: longest_ms / 60_000 })),
    gapS: (rules?.gap_ms ?? 2000) / 1000,
    chimes: { normal: rules?.chimes?.normal?.announcement ?? '', priority: rules?.chimes?.priority?.announcement ?? '', emergency: rules?.chimes?.emergency?.announcement ?? '' },
    classes: (rules?.classes ?? []).map(({ name, areas, ceilings }) => ({ name, areas: [...areas], ceilings: ceilings.map(({ from, until, volume_pct }) => ({ from, until: shown(until), volume: volume_pct })) })),
  };
}

export function rulesOf(draft: RulesDraft): Rules {
  const rules: Rules = {
    weekdays: weekdays.filter((day) => draft.weekdays.includes(day)),
    sessions: draft.sessions.map(({ name, from, until, minutes }) => ({ name: name.trim(), from, until: end(until), longest_ms: Math.round(minutes * 60_000) })),
    gap_ms: Math.round(draft.gapS * 1000),
  };
  if (draft.hasQuiet) rules.quiet = { from: draft.quietFrom, until: draft.quietUntil };
  if (draft.classes.length) rules.classes = draft.classes.map(({ name, areas, ceilings }) => ({ name: name.trim(), areas: [...areas], ceilings: ceilings.map(({ from, until, volume }) => ({ from, until: end(until), volume_pct: Math.round(volume) })) }));
  for (const each of announcementClasses) if (draft.chimes[each]) rules.chimes = { ...rules.chimes, [each]: { announcement: draft.chimes[each] } };
  return rules;
}

// What is plainly wrong: a key of words/settings.ts rules.* with its values.
export function faultOf(draft: RulesDraft): { fault: string; values: Record<string, string> } | null {
  if (!draft.weekdays.length) return { fault: 'refuse_day', values: {} };
  for (const list of [draft.sessions, draft.classes]) {
    const names = list.map(({ name }) => name.trim());
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice !== undefined) return { fault: 'refuse_twice', values: { name: twice } };
  }
  for (const { name, from, until } of draft.sessions) if (end(until) <= from) return { fault: 'refuse_session', values: { name } };
  for (const { name, areas, ceilings } of draft.classes) {
    if (!areas.length) return { fault: 'refuse_areas', values: { name } };
    for (const { from, until } of ceilings) if (end(until) <= from) return { fault: 'refuse_ceiling', values: { name, from, until } };
  }
  return null;
}
