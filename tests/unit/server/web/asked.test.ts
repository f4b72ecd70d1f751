// What a page asks for when it opens, and when the news begins, is lost and comes back.
type Listener = (message: { data: string }) => void;

class Stream {
  static last: Stream;
  onerror: () => void = () => {};
  onopen: () => void = () => {};
  listeners = new Map<string, Listener>();
  constructor() {
    Stream.last = this;
  }
  addEventListener(event: string, call: Listener) {
    this.listeners.set(event, call);
  }
  close() {}
  say(event: string, data: unknown) {
    this.listeners.get(event)!({ data: JSON.stringify(data) });
  }
}

const page = { asked: 0 };
const ask = () => Promise.resolve(++page.asked);
const settled = () => vi.advanceTimersByTimeAsync(0);

async function load() {
  vi.resetModules();
  vi.useFakeTimers();
  vi.spyOn(console, 'warn').mockImplementation(() => {}); // no component around it
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('EventSource', Stream);
  const { Request: Plain } = globalThis;
  vi.stubGlobal('Request', class extends Plain {
    constructor(to: string, init: RequestInit) {
      super(new URL(to, 'https://ward'), init);
    }
  });
  vi.stubGlobal('fetch', (request: Request) => Promise.resolve(Response.json(request.url.endsWith('/api/me') ? { person: 'x' } : [])));
  page.asked = 0;
  const { startLive } = await import('../../../../server/web/src/live');
  const { askWho } = await import('../../../../server/web/src/session');
  const { useAsked } = await import('../../../../server/web/src/asked');
  await askWho();
  return { startLive, useAsked };
}
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  vi.restoreAllMocks();
});
const hello = () => Stream.last.say('hello', { seen: null });

it('asks once when the console opens', async () => {
  const { startLive, useAsked } = await load();
  startLive();
  const { value } = useAsked(0, ask);
  await settled();
  expect(page.asked).toBe(0);
  hello();
  await vi.advanceTimersByTimeAsync(10_000);
  expect([page.asked, value.value]).toEqual([1, 1]);
});

it('asks at once when a page is opened later, and only once', async () => {
  const { startLive, useAsked } = await load();
  startLive();
  hello();
  useAsked(0, ask); // the loudspeakers are still on the way
  expect(page.asked).toBe(1);
  await settled();
  useAsked(0, ask);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(page.asked).toBe(2);
});

it('does not wait for ever for the news, and asks again when it begins after all', async () => {
  const { startLive, useAsked } = await load();
  startLive();
  useAsked(0, ask);
  await vi.advanceTimersByTimeAsync(2_500);
  expect(page.asked).toBe(1);
  hello();
  await settled();
  expect(page.asked).toBe(2);
});

it('asks when there is no news to be had, and anew when it is back', async () => {
  const { startLive, useAsked } = await load();
  startLive();
  useAsked(0, ask);
  Stream.last.onerror();
  await settled();
  expect(page.asked).toBe(1);
  await vi.advanceTimersByTimeAsync(1_600);
  hello();
  await settled();
  expect(page.asked).toBe(2);
});

it('asks again for the news that concerns it', async () => {
  const { startLive, useAsked } = await load();
  startLive();
  useAsked(0, ask, (news) => news.action === 'create_schedule');
  hello();
  await settled();
  Stream.last.say('changed', { action: 'create_person' });
  await settled();
  expect(page.asked).toBe(1);
  Stream.last.say('changed', { action: 'create_schedule' });
  await settled();
  expect(page.asked).toBe(2);
});
