// Started by console_load.cpp with LOA_URL, LOA_PASSWORD, LOA_NODES and LOA_SECONDS.
import { createRequire } from 'node:module';

const { chromium } = createRequire(new URL('../e2e/console/', import.meta.url))('playwright-core');
const { LOA_URL: url, LOA_PASSWORD: password, LOA_NODES: count, LOA_SECONDS: seconds } = process.env;
const rounds = 5;
// A telephone on a weak 4G link: what Lighthouse throttles to.
const telephone = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 0.75e6 / 8 };
const slowerProcessor = 4;
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const door = await browser.newContext({ ignoreHTTPSErrors: true });
const entry = await door.newPage();
await entry.goto(url);
await entry.fill('input[name=person]', 'operator');
await entry.fill('input[name=password]', password);
await entry.click('form button[type=submit]');
await entry.waitForSelector('.shell');
const cookies = await door.cookies();
await door.close();

// Ready: every loudspeaker is shown and, after it, the main thread is free for half a second.
async function open({ throttled, width, height }) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width, height } });
  await context.addCookies(cookies);
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  if (throttled) {
    await devtools.send('Network.emulateNetworkConditions', telephone);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowerProcessor });
  }
  const sizes = { script: 0, all: 0 };
  const kinds = new Map();
  devtools.on('Network.responseReceived', ({ requestId, type }) => kinds.set(requestId, type));
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    sizes.all += encodedDataLength;
    if (kinds.get(requestId) === 'Script') sizes.script += encodedDataLength;
  });
  await page.addInitScript(() => {
    globalThis.busyUntil = 0;
    new PerformanceObserver((list) => {
      for (const task of list.getEntries()) globalThis.busyUntil = task.startTime + task.duration;
    }).observe({ type: 'longtask', buffered: true });
    globalThis.firstUse = 0;
    new MutationObserver(() => {
      globalThis.firstUse ||= document.querySelector('header button.stop') ? performance.now() : 0;
      globalThis.allShown ||= document.querySelectorAll('.lamp').length >= globalThis.wanted ? performance.now() : 0;
    }).observe(document, { childList: true, subtree: true });
  });
  await page.addInitScript((wanted) => {
    globalThis.wanted = wanted;
  }, Number(count));
  await page.goto(url);
  const times = await page
    .waitForFunction(() => {
      const ready = Math.max(globalThis.allShown ?? 0, globalThis.busyUntil);
      return globalThis.allShown && performance.now() - ready > 500 && { use: globalThis.firstUse, shown: globalThis.allShown, ready };
    }, null, { timeout: 60_000, polling: 50 })
    .then((handle) => handle.jsonValue());
  return { context, page, sizes, times };
}

const telephones = [];
let size;
for (let round = 0; round < rounds; round++) {
  const opened = await open({ throttled: true, width: 390, height: 844 });
  telephones.push(opened.times);
  size = opened.sizes;
  await opened.context.close();
}
const of = (what) => Math.round(median(telephones.map((times) => times[what])));
console.log(`Now with ${count} loudspeakers, empty cache`);
console.log(`script on the wire ${(size.script / 1000).toFixed(1)} kB (target 300), all ${(size.all / 1000).toFixed(1)} kB`);
console.log(`telephone (1.6 Mbit/s, 150 ms, processor / ${slowerProcessor}), median of ${rounds}: STOP can be touched ${of('use')} ms, all shown ${of('shown')} ms, interactive ${of('ready')} ms (target 1500)`);

const { page } = await open({ throttled: false, width: 1440, height: 900 });
const frames = await page.evaluate(async (forMs) => {
  let changes = 0;
  const seen = new MutationObserver((list) => (changes += list.length));
  seen.observe(document.querySelector('.schematic'), { subtree: true, childList: true, attributes: true, characterData: true });
  const gaps = [];
  await new Promise((done) => {
    const began = performance.now();
    let last = began;
    const frame = (now) => {
      gaps.push(now - last);
      last = now;
      if (now - began < forMs) requestAnimationFrame(frame);
      else done();
    };
    requestAnimationFrame(frame);
  });
  seen.disconnect();
  gaps.sort((a, b) => a - b);
  const sum = gaps.reduce((a, b) => a + b, 0);
  return { perSecond: (gaps.length / sum) * 1000, worst: gaps.at(-1), p99: gaps[Math.floor(gaps.length * 0.99)], changes };
}, Number(seconds) * 1000);
const told = await page.evaluate(async (forMs) => {
  let nodes = 0;
  const stream = new EventSource('/api/events');
  stream.addEventListener('nodes', (message) => (nodes += JSON.parse(message.data).length));
  await new Promise((done) => setTimeout(done, forMs));
  stream.close();
  return nodes / (forMs / 1000);
}, 10_000);
console.log(`frames while it updates: ${frames.perSecond.toFixed(1)} a second (target 50), frame p99 ${frames.p99.toFixed(1)} ms, longest ${frames.worst.toFixed(0)} ms; ${told.toFixed(1)} reports of loudspeakers a second`);
await browser.close();
