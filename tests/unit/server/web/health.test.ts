import type { Node } from '../../../../server/web/src/api/client';
import { healthOf } from '../../../../server/web/src/health';

type Report = NonNullable<Node['report']>;
const well: Report = {
  seen: '2026-11-24T01:00:00Z', online: true, version: '0.1.0', plan: 'a', holds_current_plan: true, clips_wanted: 2, clips_ready: 2,
  clock_state: 'synced', clock_error_ms: 0.2, playing: null, outbox: 0, refused: {},
  health: {
    restart: '', uptime_s: 1, volume_pct: 60, level_lufs: null, reconnects: 0, received_bytes: 0, sent_bytes: 0, next_play: null, plays_missing: 0,
    disk_free_mb: 1, temperature_c: null, battery_pct: null, supply: 'mains', alarms: [], test: null,
  },
};
const node = (report: Partial<Report> | null, rest: Partial<Node> = {}): Node =>
  ({ node: 'n-1', area: 'a', name: 'Loa', state: 'enrolled', public_key: 'k', code_until: null, revoked: null, position: null, delay_ms: 0, current_plan: 'a', report: report && { ...well, ...report }, ...rest });
const withHealth = (health: object) => ({ health: { ...well.health, ...health } as Report['health'] });
const tested = (verdict: string) => ({ test: 't', at: null, verdict, reason: '', advice: { vi: '', en: '' }, volume_pct: 50, commanded_dbfs: null, rendered_dbfs: null, heard_dbfs: null, snr_db: null, delay_ms: null });

describe('a loudspeaker is green', () => {
  it('only with the current plan, a known clock and a working output', () => {
    expect(healthOf(node({}))).toEqual({ standing: 'good', why: 'ready' });
    expect(healthOf(node({ playing: 'p-1' }))).toEqual({ standing: 'good', why: 'sounding' });
    expect(healthOf(node({ clock_state: 'holdover' })).standing).toBe('good');
  });
  it.each<[string, Node, string, string]>([
    ['an old plan', node({ holds_current_plan: false }), 'wait', 'plan'],
    ['clips that are missing', node({ clips_ready: 1 }), 'wait', 'clips'],
    ['a cold clock', node({ clock_state: 'cold' }), 'wait', 'clock'],
    ['a clock in doubt', node({ clock_state: 'doubt' }), 'wait', 'clock'],
    ['a clock that only knows its floor', node({ clock_state: 'floor' }), 'wait', 'clock'],
    ['silence', node({ online: false }), 'bad', 'offline'],
    ['never having been seen', node(null), 'bad', 'unseen'],
    ['an amplifier that failed', node(withHealth({ alarms: ['amplifier.failed'] })), 'bad', 'output'],
    ['a test that was not heard', node(withHealth({ test: tested('not_heard') })), 'bad', 'output'],
    ['a test that was not rendered', node(withHealth({ test: tested('not_rendered') })), 'bad', 'output'],
    ['another alarm', node(withHealth({ alarms: ['cache.full'] })), 'wait', 'alarm'],
    ['no enrolment', node(null, { state: 'waiting' }), 'off', 'waiting'],
    ['a revocation', node({}, { state: 'revoked' }), 'off', 'revoked'],
  ])('not with %s', (_what, it, standing, why) => {
    expect(healthOf(it)).toEqual({ standing, why });
  });
  it('not when its last play found no output', () => {
    expect(healthOf(node({}), 'output_failed')).toEqual({ standing: 'bad', why: 'output' });
    expect(healthOf(node({}), 'stop_order').standing).toBe('good');
  });
});
