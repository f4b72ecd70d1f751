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
const words = 'Kính thưa toàn thể bà con. Chúc mừng năm mới, chúc mọi nhà bình an.';
const otherWords = 'Ngày mai phường thu gom rác cồng kềnh. Mời các hộ mang ra đầu ngõ.';

let ward;
let sounds;
const sound = (name) => join(sounds, name);
const likeness = (spoken, heard) => Number(execFileSync('/usr/bin/python3', [join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, 'likeness.py'), spoken, heard]).toString());

before(async () => {
  sounds = mkdtempSync(join(tmpdir(), 'loa-voice-'));
  execFileSync('espeak-ng', ['-v', 'vi', '-w', sound('spoken.wav'), words]);
  execFileSync('espeak-ng', ['-v', 'vi', '-w', sound('other.wav'), otherWords]);
  // Chromium plays its microphone's file round and round; a second of silence stands between two rounds.
  execFileSync('sox', [sound('spoken.wav'), '-r', '48000', sound('microphone.wav'), 'gain', '-2', 'pad', '0', '1']);
  execFileSync('sox', ['-n', '-r', '16000', '-c', '1', '-b', '16', sound('silence.wav'), 'trim', '0', '20']);
  ward = await Ward.start('--ahead', '1200');
});
after(async () => {
  await ward?.stop();
  rmSync(sounds, { recursive: true, force: true });
});

const elapsed = (page, least) =>
  page.waitForFunction((s) => {
    const [, minutes, seconds] = /(\d+):(\d+)/.exec(document.querySelector('.recorder-time strong')?.textContent ?? '') ?? [0, 0, 0];
    return Number(minutes) * 60 + Number(seconds) >= s;
  }, least);
async function record(page, seconds) {
  await page.waitForSelector('.recorder.recording');
  await elapsed(page, seconds);
  await page.click('.recorder-main');
  await page.waitForSelector('.sound-cut');
}

test('the comparison tells the same words from others and from silence', () => {
  execFileSync('sox', [sound('spoken.wav'), '-r', '48000', sound('as_horn.wav'), 'gain', '-12', 'highpass', '400', 'lowpass', '4000', 'pad', '3', '2']);
  assert.ok(likeness(sound('spoken.wav'), sound('as_horn.wav')) > sameWords + 0.2);
  execFileSync('sox', [sound('other.wav'), sound('other_long.wav'), 'pad', '3', '3']);
  assert.ok(likeness(sound('spoken.wav'), sound('other_long.wav')) < sameWords - 0.1);
  assert.ok(likeness(sound('spoken.wav'), sound('silence.wav')) < 0.1);
});

test('the chairman records on a telephone, airs it, and the words come out of a loudspeaker', async () => {
  const page = await ward.openAs('chairman', '/greeting', { width: 390, height: 844, microphone: sound('microphone.wav') });
  await page.waitForSelector('.greeting-name');
  assert.match(await page.textContent('.prompter-text'), /Kính thưa toàn thể bà con nhân dân phường Phù Liễn!/);

  const begun = Date.now();
  await page.click('.recorder-main');
  await page.waitForSelector('.recorder-count');
  await page.waitForSelector('.recorder.recording');
  await elapsed(page, 2);
  await checkFit(page, 'while recording');
  const pause = page.locator('.recorder-pause');
  await pause.click();
  await page.waitForSelector('.recorder.paused');
  await pause.click();
  // Two rounds, so that one of them is whole.
  await record(page, Math.ceil(2 * (Number(execFileSync('soxi', ['-D', sound('microphone.wav')]).toString()))) + 1);
  assert.match(await page.textContent('.recorder .said'), /Bản thu tốt/);

  await checkFit(page, 'listening');

  // Both ways to hear it.
  await page.click('.sound-play');
  await page.waitForSelector('.sound-head');
  await page.click('.sound-how button:nth-child(2)');
  await page.click('.sound-play');
  await page.waitForSelector('.sound-head', { state: 'detached' });

  // A cut by keyboard: half a second of the beginning.
  await page.focus('.sound-mark.fromMs');
  for (let step = 0; step < 5; step++) await page.keyboard.press('ArrowRight');
  assert.equal(await page.getAttribute('.sound-mark.fromMs', 'aria-valuetext'), '0:00,5');
  const wholeS = Number(await page.getAttribute('.sound-mark.fromMs', 'aria-valuemax'));

  // Reloaded before anything was sent: the recording is there.
  await page.reload();
  await page.waitForSelector('.sound-cut');
  assert.equal(Number(await page.getAttribute('.sound-mark.fromMs', 'aria-valuemax')), wholeS);
  assert.equal(ward.ask("SELECT count(*) FROM recordings WHERE name LIKE '%chúc của Chủ tịch%'"), '0');
  await page.focus('.sound-mark.fromMs');
  for (let step = 0; step < 5; step++) await page.keyboard.press('ArrowRight');

  // The network goes in the middle of the upload, and comes back.
  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  await network.send('Network.emulateNetworkConditions', { offline: false, latency: 20, downloadThroughput: -1, uploadThroughput: 40_000 });
  await page.click('.recorder-end .main');
  await page.waitForFunction(() => Number(document.querySelector('.delivery.sending progress')?.value ?? 0) > 0);
  await network.send('Network.emulateNetworkConditions', { offline: true, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await page.waitForSelector('.delivery.waiting');
  assert.match(await page.textContent('.delivery'), /Bản thu vẫn giữ trên máy này/);
  await page.context().setOffline(true);
  await network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await page.context().setOffline(false);
  await page.waitForSelector('.delivery.ready', { timeout: 60_000 });
  const [recording] = (await ward.api('GET', '/api/recordings')).filter((each) => /chúc của Chủ tịch/.test(each.name));
  const clip = await ward.api('GET', `/api/clips/${recording.clip}`);
  assert.ok(Math.abs(clip.duration_ms - (wholeS - 0.5) * 1000) < 150, `cut: ${clip.duration_ms} of ${wholeS} s`);

  // As soon as the page offers. The plan's answer stands there before the last touch.
  await page.click('text=Sớm nhất có thể');
  await page.waitForFunction(() => /Phát lúc .*, tại 3 loa/.test(document.querySelector('.greeting-plays')?.textContent ?? ''));
  await checkFit(page, 'before it airs');
  const air = page.locator('.greeting-air .main.large');
  assert.equal(await air.isDisabled(), true);
  await page.check('.greeting-confirm input');
  if (await page.locator('text=Tôi đồng ý phát vào giờ này').count()) await page.check('.greeting-air .said.wait input');
  await air.click();
  await page.waitForSelector('.greeting-done');
  console.log(`chairman's time: ${Math.round((Date.now() - begun) / 1000)} s`);
  assert.deepEqual(page.troubles, []);

  const schedule = ward.ask("SELECT s.schedule_id FROM schedules s JOIN announcements a USING (announcement_id) WHERE a.title LIKE '%chúc của Chủ tịch%'");
  const outcomes = await until('every loudspeaker has said how it ended', async () => {
    const all = await ward.api('GET', `/api/outcomes?schedule=${schedule}`);
    return all.length === 3 && all;
  }, 200_000);
  // Sound to a file keeps time as well as the machine does: an output that had to wait too long breaks off, and says so.
  const ended = outcomes.map(({ node, result, reason }) => `${node} ${result} ${reason}`).join(', ');
  assert.ok(outcomes.every((each) => each.result === 'played' || each.result === 'partial'), ended);
  const heard = outcomes.map(({ node }) => ward.heard(node).at(-1));
  const most = (wanted) => Math.max(...heard.map((each) => likeness(sound(wanted), each)));
  const like = most('spoken.wav');
  const unlike = most('other.wav');
  console.log(`likeness ${like}, of other words ${unlike}; ${ended}`);
  assert.ok(like > sameWords, `the words are in none of them: ${like}; ${ended}`);
  assert.ok(unlike < sameWords - 0.1, `any words would do: ${unlike}`);
  await page.close();
});

test('a page that is closed in the middle of recording loses nothing', async () => {
  const page = await ward.openAs('chairman', '/greeting', { width: 390, height: 700 });
  await page.click('.recorder-main');
  await page.waitForSelector('.recorder.recording');
  // Four seconds are on the shelf.
  await until('the shelf has them', () =>
    page.evaluate(
      () =>
        new Promise((answer) => {
          const opened = indexedDB.open('loa.recordings');
          opened.onsuccess = () => {
            const parts = opened.result.transaction('parts').objectStore('parts').count();
            parts.onsuccess = () => {
              opened.result.close();
              answer(parts.result >= 4);
            };
          };
        }),
    ),
  );
  await page.close();
  const again = await page.context().newPage();
  await again.goto(`${ward.base}/#/greeting`);
  await again.waitForSelector('.sound-cut');
  assert.match(await again.textContent('.recorder-notice'), /Phần đã thu vẫn còn đây/);
  assert.ok(Number(await again.getAttribute('.sound-mark.fromMs', 'aria-valuemax')) >= 3);
  await again.context().close();
});

test('why there is no microphone is said plainly', async () => {
  for (const [name, said] of [['NotAllowedError', /đang chặn micrô/], ['NotFoundError', /Không tìm thấy micrô/], ['NotReadableError', /ứng dụng khác sử dụng/]]) {
    const page = await ward.openAs('chairman', '/greeting', { width: 390, height: 844 });
    await page.evaluate((why) => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', why));
    }, name);
    await page.click('.recorder-main');
    assert.match(await page.textContent('.recorder [role=alert]'), said);
    assert.deepEqual(page.troubles, []);
    await page.close();
  }
});
