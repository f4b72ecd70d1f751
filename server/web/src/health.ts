// What a loudspeaker's state means to whoever looks: green only for the hash of the current plan, a known clock and a
// working output. A stale one must never look well.
import type { Node } from './api/client';

export type Standing = 'good' | 'wait' | 'bad' | 'off';
// Why, as a key of words/now.ts states.*; the first that applies.
export const whys = ['ready', 'sounding', 'waiting', 'revoked', 'unseen', 'offline', 'output', 'clock', 'plan', 'clips', 'alarm'] as const;
export type Why = (typeof whys)[number];
export interface Health {
  standing: Standing;
  why: Why;
}

// `lastReason`: how the last play there ended, where that is known.
export function healthOf(node: Node, lastReason = ''): Health {
  if (node.state === 'revoked') return { standing: 'off', why: 'revoked' };
  if (node.state === 'waiting') return { standing: 'off', why: 'waiting' };
  const said = node.report;
  if (!said) return { standing: 'bad', why: 'unseen' };
  if (!said.online) return { standing: 'bad', why: 'offline' };
  const test = said.health?.test;
  const alarms = said.health?.alarms ?? [];
  if (alarms.some((alarm) => alarm.startsWith('amplifier.')) || lastReason === 'output_failed' || test?.verdict === 'not_rendered' || test?.verdict === 'not_heard')
    return { standing: 'bad', why: 'output' };
  if (said.clock_state !== 'synced' && said.clock_state !== 'holdover') return { standing: 'wait', why: 'clock' };
  if (!said.holds_current_plan) return { standing: 'wait', why: 'plan' };
  if (said.clips_ready < said.clips_wanted) return { standing: 'wait', why: 'clips' };
  if (alarms.length > 0) return { standing: 'wait', why: 'alarm' };
  return { standing: 'good', why: said.playing ? 'sounding' : 'ready' };
}
