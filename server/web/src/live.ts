// What changes in the ward, as it changes (GET /api/events, docs/console.md): the loudspeakers and the alarms are held
// here; everything else is asked for again by the page that shows it, see onNews().
import { onUnmounted, ref, shallowReactive, shallowRef } from 'vue';
import { api, take, type Node, type Schemas } from './api/client';
import { askWho, me } from './session';

export type News = { action: string; subject?: string; person?: string };
type Alarm = Schemas['Alarms'][number];

const silenceIsLossMs = 40_000; // the server's heartbeat comes every 15 s
const firstRetryMs = 1_000;
const lastRetryMs = 15_000;
const firstCatchUpMs = 1_000;

export const connection = ref<'starting' | 'live' | 'lost'>('starting');
export const nodes = shallowReactive(new Map<string, Node>());
export const alarms = shallowRef<Alarm[]>([]);

const listeners = new Set<(news: News) => void>();
let source: EventSource | null = null;
let silence: number | undefined;
let retry: number | undefined;
let retryMs = firstRetryMs;

export const isOfNodes = (news: News) => /node|code/.test(news.action);

// Whether the news has still to begin; before it, nobody is told of what changes.
let isHeard = false;
export const isStarting = () => connection.value === 'starting' && !isHeard;

// Calls when something was done; with action `everything` when what is not asked for from now on may be old, with `lost`
// when there is no news.
export function onNews(call: (news: News) => void) {
  listeners.add(call);
  onUnmounted(() => listeners.delete(call));
}
const tell = (news: News) => listeners.forEach((call) => call(news));

// The newest word in the list.
async function loadNodes(): Promise<string> {
  const all = await take(api.GET('/api/nodes'));
  const there = new Set(all.map((node) => node.node));
  for (const id of nodes.keys()) if (!there.has(id)) nodes.delete(id);
  let newest = '';
  for (const node of all) {
    const seen = node.report?.seen ?? '';
    if (seen > newest) newest = seen;
    const known = nodes.get(node.node);
    // The news may have told more by now.
    if ((known?.report?.seen ?? '') > seen || (known && JSON.stringify(known) === JSON.stringify(node))) continue;
    nodes.set(node.node, node);
  }
  return newest;
}

function heard() {
  window.clearTimeout(silence);
  silence = window.setTimeout(lose, silenceIsLossMs);
}

function lose() {
  stop();
  connection.value = 'lost';
  isHeard = false;
  tell({ action: 'lost' });
  retry = window.setTimeout(async () => {
    try {
      await askWho();
      if (me.value) follow();
    } catch {
      lose();
    }
  }, retryMs * (0.5 + Math.random()));
  retryMs = Math.min(retryMs * 2, lastRetryMs);
}

function stop() {
  source?.close();
  source = null;
  window.clearTimeout(silence);
  window.clearTimeout(retry);
}

function follow() {
  stop();
  source = new EventSource('/api/events');
  const on = (event: string, call: (data: never) => void) =>
    source?.addEventListener(event, (message) => {
      heard();
      call(JSON.parse(message.data) as never);
    });
  source.onerror = lose;
  source.onopen = heard;
  // Asked for while the stream begins; what was said in between is noticed below.
  const loaded = loadNodes();
  loaded.catch(() => {});
  const mine = source;
  on('hello', async ({ seen }: { seen: string | null }) => {
    isHeard = true;
    tell({ action: 'everything' });
    try {
      const newest = await loaded;
      const isBehind = seen !== null && seen > newest;
      // At the start the page is left to whoever opened it for a moment first.
      if (isBehind && connection.value === 'starting') window.setTimeout(() => mine === source && loadNodes().catch(() => {}), firstCatchUpMs);
      else if (isBehind) await loadNodes();
      if (mine !== source) return;
      retryMs = firstRetryMs;
      connection.value = 'live';
    } catch {
      lose();
    }
  });
  on('heartbeat', () => {});
  on('nodes', (list: Node[]) => {
    for (const node of list) nodes.set(node.node, node);
  });
  on('alarms', (list: Alarm[]) => {
    alarms.value = list;
  });
  on('changed', (news: News) => {
    if (isOfNodes(news) || news.action === 'create_area') loadNodes().catch(() => {});
    tell(news);
  });
}

export function startLive() {
  connection.value = 'starting';
  isHeard = false;
  follow();
}
export function endLive() {
  stop();
  nodes.clear();
  isHeard = false;
  alarms.value = [];
}
