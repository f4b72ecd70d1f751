import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Ward } from './ward.mjs';

let ward;
before(async () => {
  ward = await Ward.start('--ahead', '600');
});
after(() => ward.stop());

test('every loudspeaker that is ready is green, and STOP is two touches away', async () => {
  const page = await ward.openAs('operator');
  await page.waitForFunction(() => document.querySelectorAll('.lamp.good').length === 3, null, { timeout: 60_000 });
  await page.click('header button.stop');
  await page.click('.sheet button.stop.large');
  await page.waitForSelector('.sheet .said.good');
  assert.match(await page.textContent('.sheet .said.good'), /3 loa/);
  assert.deepEqual(page.troubles, []);
});

test('the chairman signs in with the second factor', async () => {
  const page = await ward.openAs('chairman');
  await page.waitForSelector('nav.pages a[href="#/greeting"]', { state: 'attached' });
  assert.deepEqual(page.troubles, []);
});
