import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { until } from './ward.mjs';

// Every page of the console and who opens it; the door is opened by nobody.
export const pages = [
  { name: 'now', person: 'operator', path: '/' },
  { name: 'greeting', person: 'chairman', path: '/greeting' },
  { name: 'announce', person: 'operator', path: '/announce' },
  { name: 'calendar', person: 'operator', path: '/calendar' },
  { name: 'approvals', person: 'chairman', path: '/approvals' },
  { name: 'loudspeakers', person: 'operator', path: '/loudspeakers' },
  { name: 'loudspeaker', person: 'operator', path: '/loudspeakers/tdp-01' },
  { name: 'evidence', person: 'chairman', path: '/evidence' },
  { name: 'settings', person: 'admin', path: '/settings' },
];
export const widths = [390, 820, 1440];
export const languages = ['vi', 'en'];

// Until everything that was asked for is there.
export async function settle(page) {
  await page.waitForFunction(() => !document.querySelector('.starting') && document.querySelector('main h1'));
  let calm = 0;
  await until('everything that was asked for is there', () => (calm = page.waiting.size === 0 ? calm + 1 : 0) > 2);
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// What axe finds serious on the page as it stands.
export async function findings(page) {
  // Through the devtools protocol, which the page's policy does not bind.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary.split('\n')[1] ?? ''}`));
}
