// Somebody speaks live in the browser, and the words come out of the loudspeakers.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { checkFit } from './fit.mjs';
import { Ward, until } from './ward.mjs';

// Of likeness.py: the same words through microphone, codec and horn lie above, other words of the same voice below.
const sameWords = 0.6;
const words = 'Kính thưa bà con. Chiều nay phường tiêm chủng tại nhà văn hóa.';
const otherWords = 'Ngày mai phường thu gom rác cồng kềnh. Mời các hộ mang ra đầu ngõ.';

let ward;
let sounds;
const sound = (name) => join(sounds, name);
const likeness = (spoken, heard) => Number(execFileSync('/usr/bin/python3', [join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, 'likeness.py'), spoken, heard]).toString());

before(async () => {
  sounds = mkdtempSync(join(tmpdir(), 'loa-speech-'));
  execFileSync('espeak-ng', ['-v', 'vi', '-w', sound('spoken.wav'), words]);
  execFileSync('espeak-ng', ['-v', 'vi', '-w', sound('other.wav'), otherWords]);
  // Chromium plays its microphone's file round and round; a second of silence stands between two rounds.
  execFileSync('sox', [sound('spoken.wav'), '-r', '48000', sound('microphone.wav'), 'gain', '-2', 'pad', '0', '1']);
  ward = await Ward.start('--ahead', '3600');
});
after(async () => {
  await ward?.stop();
  rmSync(sounds, { recursive: true, force: true });
});

const airOf = async (title) => (await ward.api('GET', '/api/air')).airs.find((air) => air.title === title);
const outcomesOf = (play) =>
  until('every loudspeaker has said how it ended', async () => {
    const { outcomes } = await ward.api('GET', `/api/air/${play}`);
    return outcomes.length === 3 && outcomes;
  });
async function prepare(page, title) {
  await page.waitForSelector('.area-tree input');
  await page.fill('input[name=title]', title);
  if (!(await page.isChecked('.area-tree input >> nth=0'))) await page.check('.area-tree input >> nth=0');
  assert.equal(await page.isDisabled('.live-start'), true, 'nobody goes on air before the microphone was tried');
  await page.click('.live-open');
  await page.waitForSelector('.live-start:not(:disabled)');
}
const elapsed = (page, least) =>
  page.waitForFunction((s) => {
    const [, minutes, seconds] = /(\d+):(\d+)/.exec(document.querySelector('.live-air.on_air .number')?.textContent ?? '') ?? [0, 0, 0];
    return Number(minutes) * 60 + Number(seconds) >= s;
  }, least);

test('the chairman speaks on a telephone, and the words come out of a loudspeaker', async () => {
  const page = await ward.openAs('chairman', '/live', { width: 390, height: 844, microphone: sound('microphone.wav') });
  await prepare(page, 'Nhắc lịch tiêm chủng');
  await checkFit(page, 'before the speech');
  await page.click('.live-start');
  await page.waitForSelector('.live-air.counting');
  await page.waitForFunction(() => document.querySelector('.live-count .number')?.textContent === '3');
  await page.waitForSelector('.live-air.on_air');
  assert.match(await page.textContent('.live-sign'), /ĐANG PHÁT/);
  await checkFit(page, 'on air');
  // Two rounds, so that one of them is whole.
  await elapsed(page, Math.ceil(2 * Number(execFileSync('soxi', ['-D', sound('microphone.wav')]).toString())) + 1);
  await page.click('.live-end');
  await page.waitForSelector('.live-last');
  const { play } = await airOf('Nhắc lịch tiêm chủng');
  const outcomes = await outcomesOf(play);
  const ended = outcomes.map(({ node, result, reason }) => `${node} ${result} ${reason}`).join(', ');
  const heard = outcomes.map(({ node }) => join(ward.folder, 'heard', node, `${play}.wav`));
  const most = (wanted) => Math.max(...heard.map((each) => likeness(sound(wanted), each)));
  const like = most('spoken.wav');
  const unlike = most('other.wav');
  console.log(`likeness ${like}, of other words ${unlike}; ${ended}`);
  assert.ok(like > sameWords, `the words are in none of them: ${like}; ${ended}`);
  assert.ok(unlike < sameWords - 0.1, `any words would do: ${unlike}`);
  // The page tells the same, without a touch.
  await page.waitForFunction(() => [...document.querySelectorAll('.live-last li')].filter((each) => each.dataset.result).length === 3);
  await page.waitForSelector('.live-announce');
  await checkFit(page, 'after the speech');
  await page.click('.live-announce');
  await page.waitForFunction(() => location.hash.startsWith('#/announce'));
  assert.equal(await until('the draft has the recording', () => page.evaluate(() => JSON.parse(localStorage.getItem('loa.chairman.announce') ?? '{}').way)), 'file');
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('a tab that is closed ends the speech, and leaving the page asks first', async () => {
  const page = await ward.openAs('operator', '/live', { microphone: sound('microphone.wav') });
  await prepare(page, 'Đóng giữa chừng');
  await page.click('.live-start');
  await page.waitForSelector('.live-air.on_air');
  let asked = '';
  page.once('dialog', (dialog) => {
    asked = dialog.message();
    return dialog.dismiss();
  });
  await page.evaluate(() => {
    location.hash = '#/calendar';
  });
  await until('leaving asks', () => asked);
  assert.match(asked, /đang phát trực tiếp/);
  await page.waitForSelector('.live-air.on_air');
  assert.deepEqual(page.troubles, []);
  await page.close();
  const air = await until('it has ended', async () => {
    const told = await airOf('Đóng giữa chừng');
    return told.ended && told;
  }, 5_000);
  // The server has seen the line end, or the page, while it was closing, has still said so itself.
  assert.match(air.why, /^(speaker_left)?$/);
  await page.context().close();
});

test('what another ends is said to the speaker, and it goes as samples where the browser has no encoder', async () => {
  const page = await ward.openAs('operator', '/live', { microphone: sound('microphone.wav') });
  await page.evaluate(() => {
    delete globalThis.AudioEncoder;
  });
  await prepare(page, 'Bị dừng');
  await page.click('.live-start');
  await page.waitForSelector('.live-air.on_air');
  await elapsed(page, 2);
  const { play } = await airOf('Bị dừng');
  const chairman = await ward.openAs('chairman', '/', { width: 390, height: 844 });
  await chairman.waitForSelector(`[data-air="${play}"]`);
  await checkFit(chairman, 'the first page while somebody speaks');
  await chairman.click(`[data-air="${play}"] button`);
  await chairman.waitForSelector(`[data-air="${play}"]`, { state: 'detached' });
  assert.deepEqual(chairman.troubles, []);
  await chairman.context().close();
  assert.match(await page.textContent('.said.bad'), /người khác dừng/);
  const outcomes = await outcomesOf(play);
  assert.ok(outcomes.every(({ heard_ms }) => heard_ms > 0), JSON.stringify(outcomes));
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('why there is no microphone is said plainly', async () => {
  for (const [name, said] of [['NotAllowedError', /đang chặn micrô.*Mở micrô/], ['NotFoundError', /Không tìm thấy micrô/], ['NotReadableError', /ứng dụng khác sử dụng/]]) {
    const page = await ward.openAs('operator', '/live', { width: 390, height: 844 });
    await page.evaluate((why) => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', why));
    }, name);
    await page.click('.live-open');
    assert.match(await page.textContent('.live [role=alert]'), said);
    assert.equal(await page.isDisabled('.live-start'), true);
    assert.deepEqual(page.troubles, []);
    await page.close();
  }
});
