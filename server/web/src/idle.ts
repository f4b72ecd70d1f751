import { watch } from 'vue';
import { connection } from './live';

const latestMs = 5000;

// Fetches what will be needed, when the ward is shown and the page has nothing else to do. Without a network it is tried
// again when wanted.
export function whenIdle(load: () => Promise<unknown>) {
  const call = () => void load().catch(() => {});
  const idle = () => {
    if (window.requestIdleCallback) window.requestIdleCallback(call, { timeout: latestMs });
    else window.setTimeout(call, latestMs / 5); // Safari
  };
  if (connection.value === 'starting') watch(connection, idle, { once: true });
  else idle();
}
