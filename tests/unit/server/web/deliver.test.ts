import { ApiError } from '../../../../server/web/src/api/client';
import { type Standing, type Way, deliver, isPassing, retryAfterMs } from '../../../../server/web/src/sound/deliver';

const said = { vi: 'Không', en: 'No' };
const failure = (status: number) => new ApiError(status, `test.${status}`, said);
const recording = (more: object) => ({ announcement: null, bytes: 1, clip: null, name: 'n', progress_pct: 0, received: '', recording: 'r-1', refusal: null, state: 'ingesting' as const, ...more });
const clip = 'a'.repeat(64);

// Answers and failures in their order; what is left over or missing fails the test.
function way({ sends = [] as unknown[], asks = [] as unknown[] }) {
  const names: (string | null)[] = [];
  const pauses: string[] = [];
  const next = (list: unknown[]) => {
    expect(list.length).toBeGreaterThan(0);
    const first = list.shift();
    if (first instanceof Error) throw first;
    return first as ReturnType<typeof recording>;
  };
  const made: Way = {
    send: async (onProgress) => {
      onProgress(0.5);
      return next(sends);
    },
    ask: async () => next(asks),
    received: async (name) => names.push(name),
    pause: async (_ms, what) => void pauses.push(what),
  };
  return { made, names, pauses, rest: () => sends.length + asks.length };
}
async function run(known: string | null, steps: Parameters<typeof way>[0], signal = new AbortController().signal) {
  const { made, names, pauses, rest } = way(steps);
  const told: Standing[] = [];
  await deliver(known, made, (now) => told.push(now), signal);
  return { told, states: told.map((now) => now.state), names, pauses, rest: rest() };
}

describe('a recording on its way', () => {
  it('is sent, watched, and ends as a clip', async () => {
    const { told, names, rest } = await run(null, { sends: [recording({})], asks: [recording({ progress_pct: 40 }), recording({ state: 'ready', clip })] });
    expect(told).toEqual([{ state: 'sending', part: 0 }, { state: 'sending', part: 0.5 }, { state: 'ingesting', part: 0.4 }, { state: 'ready', clip }]);
    expect(names).toEqual(['r-1']);
    expect(rest).toBe(0);
  });
  it('waits for the network and goes again by itself', async () => {
    const { states, pauses, rest } = await run(null, { sends: [failure(0), failure(503), recording({})], asks: [failure(0), recording({ state: 'ready', clip })] });
    expect(states.filter((state) => state === 'waiting').length).toBe(3);
    expect(states.at(-1)).toBe('ready');
    expect(pauses).toEqual(['network', 'network', 'network']);
    expect(rest).toBe(0);
  });
  it('is not sent twice when the server has it already', async () => {
    const { states } = await run('r-1', { asks: [recording({ state: 'ready', clip })] });
    expect(states).toEqual(['ready']);
  });
  it('is sent again when the server has it no more', async () => {
    const { names, states } = await run('r-0', { asks: [failure(404), recording({ state: 'ready', clip })], sends: [recording({})] });
    expect(names).toEqual([null, 'r-1']);
    expect(states.at(-1)).toBe('ready');
  });
  it('ends with the words of the refusal', async () => {
    const { told } = await run(null, { sends: [recording({})], asks: [recording({ state: 'refused', refusal: { code: 'intake.silent', ...said } })] });
    expect(told.at(-1)).toEqual({ state: 'refused', ...said, isFinal: true });
  });
  it('a full disk is told, and may be tried again by hand', async () => {
    const { told, pauses } = await run(null, { sends: [failure(507)] });
    expect(told.at(-1)).toEqual({ state: 'refused', ...said, isFinal: false });
    expect(pauses).toEqual([]);
  });
  it('is silent once nobody waits for it', async () => {
    const over = new AbortController();
    over.abort();
    expect((await run(null, {}, over.signal)).told).toEqual([]);
  });
});

it('tells what passes by itself', () => {
  expect([0, 408, 429, 500, 503].every((status) => isPassing(failure(status)))).toBe(true);
  expect([400, 401, 403, 413, 507].some((status) => isPassing(failure(status)))).toBe(false);
  expect(isPassing(new Error('x'))).toBe(false);
});
it('asks less and less often', () => expect([1, 2, 3, 4, 9].map(retryAfterMs)).toEqual([2000, 4000, 8000, 15_000, 15_000]));
