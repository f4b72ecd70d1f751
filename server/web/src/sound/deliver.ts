// A recording on its way to the server: sent, again when the network was lost, then watched until it is a clip or is
// refused. Nothing here knows of pages or of the browser, so that every way it can go is tried by unit tests.
import { ApiError, type Schemas } from '../api/client';

type Recording = Schemas['Recording'];
export type Standing =
  | { state: 'sending'; part: number } // 0 … 1
  | { state: 'waiting' } // for the network; tried again by itself
  | { state: 'ingesting'; part: number }
  | { state: 'ready'; clip: string }
  | { state: 'refused'; vi: string; en: string; isFinal: boolean }; // final: the same sound would be refused again

export interface Way {
  send: (onProgress: (part: number) => void, signal: AbortSignal) => Promise<Recording>;
  ask: (recording: string) => Promise<Recording>;
  // The server has it, and under this name; null: it has it no more.
  received: (recording: string | null) => Promise<unknown>;
  // Until the network is back, the server has news, or the time is over.
  pause: (ms: number, what: 'network' | 'news', signal: AbortSignal) => Promise<void>;
}

const firstRetryMs = 2_000;
const lastRetryMs = 15_000;
const askEveryMs = 4_000;
export const retryAfterMs = (failures: number) => Math.min(lastRetryMs, firstRetryMs * 2 ** Math.max(0, failures - 1));

// What passes by itself: no network, a server that starts again, too many at once. A full disk is for somebody to see to.
export const isPassing = (failure: unknown) =>
  failure instanceof ApiError && (failure.status === 0 || failure.status === 408 || failure.status === 429 || (failure.status >= 500 && failure.status !== 507));

export async function deliver(known: string | null, way: Way, say: (standing: Standing) => void, signal: AbortSignal): Promise<void> {
  let recording = known;
  let failures = 0;
  const tried = async <T>(work: () => Promise<T>): Promise<T> => {
    for (;;) {
      signal.throwIfAborted();
      try {
        const answer = await work();
        failures = 0;
        return answer;
      } catch (failure) {
        if (!isPassing(failure)) throw failure;
        say({ state: 'waiting' });
        await way.pause(retryAfterMs(++failures), 'network', signal);
      }
    }
  };
  try {
    for (;;) {
      if (recording === null) {
        const sent = await tried(() => {
          say({ state: 'sending', part: 0 });
          return way.send((part) => say({ state: 'sending', part }), signal);
        });
        recording = sent.recording;
        await way.received(recording);
      }
      const name: string = recording;
      let now: Recording;
      try {
        now = await tried(() => way.ask(name));
      } catch (failure) {
        if (!(failure instanceof ApiError && failure.status === 404)) throw failure;
        recording = null;
        await way.received(null);
        continue;
      }
      if (now.state === 'ready' && now.clip) return say({ state: 'ready', clip: now.clip });
      if (now.state === 'refused') return say({ state: 'refused', vi: now.refusal?.vi ?? '', en: now.refusal?.en ?? '', isFinal: true });
      say({ state: 'ingesting', part: now.progress_pct / 100 });
      await way.pause(askEveryMs, 'news', signal);
    }
  } catch (failure) {
    if (signal.aborted) return;
    if (!(failure instanceof ApiError)) throw failure;
    say({ state: 'refused', ...failure.said, isFinal: false });
  }
}
