// The first page: what sounds, what is broken, STOP, and what a cut connection does to it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Ward, until } from './ward.mjs';

let ward;
before(async () => {
  ward = await Ward.start('--ahead', '25');
});
after(() => ward.stop());

// Seconds from the first to the last sample that is louder than a whisper, of a 16 bit WAV.
function soundingSeconds(file) {
  const bytes = readFileSync(file);
  const data = bytes.indexOf('data') + 8;
  const perSecond = bytes.readUInt32LE(28);
  let first = -1;
  let last = -1;
  for (let at = data; at + 1 < bytes.length; at += 2)
    if (Math.abs(bytes.readInt16LE(at)) > 300) {
      if (first < 0) first = at;
      last = at;
    }
  return first < 0 ? 0 : (last - first) / perSecond;
}

const someArea = async () => (await ward.api('GET', '/api/areas')).find(({ parent }) => parent !== null).area;

test('what sounds is shown, and STOP silences it with two touches', async () => {
  const page = await ward.openAs('operator');
  await page.waitForFunction(() => document.querySelectorAll('.lamp.good').length === 3, null, { timeout: 60_000 });
  await page.waitForSelector('.air strong', { timeout: 60_000 });
  assert.match(await page.textContent('.air strong'), /Lời chúc/);
  await page.waitForFunction(() => document.querySelectorAll(".lamp[data-mark='♪']").length === 3);
  await page.click('header button.stop');
  await page.click('.sheet button.stop.large');
  await page.waitForSelector('.sheet .said.good');
  assert.match(await page.textContent('.sheet .said.good'), /3 loa/);
  const outcomes = await until('three loudspeakers report', async () => {
    const list = await ward.api('GET', '/api/outcomes?limit=10');
    return list.length === 3 && list;
  });
  for (const { node, result, reason, heard_ms } of outcomes) {
    assert.deepEqual([result, reason], ['stopped', 'stop_order']);
    const sounded = soundingSeconds(ward.heard(node).at(-1));
    assert.ok(sounded < 19, `${node} sounded for ${sounded} s of 19.6`);
    assert.ok(Math.abs(sounded - heard_ms / 1000) < 4, `${node} sounded for ${sounded} s and says ${heard_ms} ms`);
  }
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => document.querySelectorAll(".lamp[data-mark='♪']").length === 0);
  assert.deepEqual(page.troubles, []);
});

test('a lost connection is shown, and what is shown is right when it is back', async () => {
  const gate = await ward.gate();
  try {
    const page = await ward.openAs('operator', '/', { base: gate.base });
    await page.waitForFunction(() => document.querySelectorAll('.lamp').length === 3);
    await page.waitForSelector('.connection.live');
    gate.cut();
    await page.waitForSelector('.banner.bad[role=alert]');
    await ward.api('POST', '/api/nodes', { node: 'tdp-99', area: await someArea(), name: 'Loa nhà văn hóa' }, 'admin');
    assert.equal(await page.locator('.lamp').count(), 3);
    gate.mend();
    await page.waitForSelector('.connection.live', { timeout: 60_000 });
    await page.waitForSelector('.banner.bad', { state: 'detached' });
    await page.waitForSelector('.lamp.off:has-text("Loa nhà văn hóa")');
    assert.deepEqual(page.troubles, []);
  } finally {
    gate.close();
  }
});

test('what somebody else does is shown without a touch', async () => {
  const page = await ward.openAs('operator');
  await page.waitForSelector('.connection.live');
  await ward.api('POST', '/api/nodes', { node: 'tdp-98', area: await someArea(), name: 'Loa trạm y tế' }, 'admin');
  await page.waitForSelector('.lamp.off:has-text("Loa trạm y tế")');
  assert.deepEqual(page.troubles, []);
});

test('a session that was ended elsewhere ends here', async () => {
  const page = await ward.openAs('operator');
  await page.waitForSelector('.connection.live');
  await page.evaluate(() => fetch('/api/session', { method: 'DELETE' }));
  await page.waitForSelector('.door', { timeout: 60_000 });
  ward.sessions.delete('operator');
});

test('the page tells how to trust the ward’s certificate, which it hands out', async () => {
  const page = await ward.open();
  await page.goto(`${ward.base}/trust`);
  await page.waitForFunction(() => /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/.test(document.getElementById('fingerprint').textContent));
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('a[download]')]);
  assert.equal(readFileSync(await download.path(), 'utf8'), readFileSync(`${ward.folder}/station/authority.pem`, 'utf8'));
  assert.deepEqual(page.troubles, []);
});
