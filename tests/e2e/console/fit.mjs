// Whether what a page shows is fit for everybody: no serious finding of axe, nothing wider than the screen.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function findings(page) {
  // Through the devtools protocol, which the page's policy does not bind; the style sheets that axe copies to read them
  // it does bind, which is no fault of the page's.
  const before = page.troubles.length;
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  page.troubles.push(...page.troubles.splice(before).filter((trouble) => !trouble.startsWith('Applying inline style')));
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary.split('\n')[1] ?? ''}`));
}

export async function checkFit(page, name) {
  assert.deepEqual(await findings(page), [], `axe on ${name}`);
  const { scroll, screen } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, screen: document.documentElement.clientWidth }));
  assert.ok(scroll <= screen, `${name} is ${scroll} px wide on a screen of ${screen}`);
}
