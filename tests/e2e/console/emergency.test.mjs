// A prepared message by a gesture that nobody makes by accident, at every loudspeaker, until somebody ends it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { checkFit } from './fit.mjs';
import { Ward, until } from './ward.mjs';

let ward;
let page;
before(async () => {
  ward = await Ward.start('--ahead', '3600');
  page = await ward.openAs('chairman', '/emergency', { width: 390, height: 844 });
});
after(() => ward?.stop());

// Approved by the chairman of this page, at every loudspeaker.
async function prepare(title, transcript) {
  const { clip } = (await ward.api('GET', '/api/announcements')).at(-1);
  const { announcement } = await ward.api('POST', '/api/announcements', { title, transcript, class: 'emergency', clip });
  await ward.api('POST', `/api/announcements/${announcement}/submit`, { confirmed: true });
  const status = await page.evaluate(async (of) => (await fetch(`/api/announcements/${of}/approve`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' })).status, announcement);
  assert.equal(status, 200);
}
const box = () => page.locator('.emergency-hold').boundingBox();
async function press() {
  await page.locator('.emergency-hold').scrollIntoViewIfNeeded();
  const { x, y, width, height } = await box();
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
}
const held = () => page.evaluate(() => new DOMMatrix(getComputedStyle(document.querySelector('.emergency-held')).transform).a);

test('a touch does nothing, two seconds ask, and then it sounds at once until it is ended', async () => {
  await prepare('Bão cấp 12', 'Bão số 7 đổ bộ. Bà con ở trong nhà.');
  await page.check('.emergency-message input');
  await page.fill('input[name=volume]', '60');
  await checkFit(page, 'emergency');
  await press();
  await until('the gesture has begun', async () => (await held()) > 0.1);
  await page.mouse.up();
  await until('it is forgotten', async () => (await held()) === 0);
  assert.equal(await page.isVisible('.emergency-go'), false);
  assert.deepEqual((await ward.api('GET', '/api/air')).airs, []);
  await press();
  await page.waitForSelector('.emergency-go');
  await page.mouse.up();
  await page.click('.emergency-go');
  await page.waitForSelector('[data-air] .stop');
  const [{ play, kind, exercise, nodes }] = (await ward.api('GET', '/api/air')).airs;
  assert.deepEqual([kind, exercise, nodes.length], ['emergency', false, 3]);
  await until('a loudspeaker sounds it', () => ward.heard(nodes[0]).some((each) => each.endsWith(`${play}.wav`)));
  await page.click('[data-air] .stop');
  await page.waitForSelector('.said.good');
  const told = await until('every loudspeaker has said what it heard', async () => {
    const now = await ward.api('GET', `/api/air/${play}`);
    return now.outcomes.length === 3 && now;
  });
  assert.ok(told.ended);
  for (const { node, result, heard_ms, reason } of told.outcomes) assert.ok(heard_ms > 0, `${node}: ${result} ${reason}`);
  await page.waitForSelector('[data-air]', { state: 'detached' });
});

test('an exercise has a colour and messages of its own, by keyboard too', async () => {
  await prepare('Diễn tập báo bão', 'Đây là diễn tập.');
  await page.check('input[name=exercise]');
  await page.waitForSelector('.emergency.exercise');
  await until('its own message is there', async () => (await page.locator('.emergency-message').count()) === 1);
  assert.match(await page.textContent('.emergency-message'), /Diễn tập báo bão/);
  await page.check('.emergency-message input');
  await page.focus('.emergency-hold');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.emergency-go.exercise');
  await checkFit(page, 'the confirmation');
  await page.focus('.emergency-go');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-air] .badge');
  const [air] = (await ward.api('GET', '/api/air')).airs;
  assert.equal(air.exercise, true);
  await page.click('[data-air] .stop');
  await page.waitForSelector('[data-air]', { state: 'detached' });
  assert.deepEqual(page.troubles, []);
});
