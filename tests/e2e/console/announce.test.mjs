// From a sound to a loudspeaker through the wizard, and what a reload, a keyboard and another officer make of it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { checkFit } from './fit.mjs';
import { Ward, until } from './ward.mjs';

const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
const likeness = (spoken, heard) => Number(execFileSync('/usr/bin/python3', [join(here, 'likeness.py'), spoken, heard]).toString());
const sameWords = 0.6; // greeting.test.mjs shows what it tells apart
const text = 'Kính mời bà con dự họp tổ dân phố lúc 19h30 thứ Sáu tại nhà văn hóa.';

let ward;
let sounds;
const sound = (name) => join(sounds, name);
before(async () => {
  sounds = mkdtempSync(join(tmpdir(), 'loa-sounds-'));
  execFileSync('espeak-ng', ['-v', 'vi', '-w', sound('other.wav'), 'Ngày mai phường thu gom rác cồng kềnh. Mời các hộ mang ra đầu ngõ.']);
  execFileSync('sox', ['-n', '-r', '48000', sound('tone.wav'), 'synth', '4', 'sine', '440', 'gain', '-12']);
  ward = await Ward.start('--ahead', '3600');
});
after(async () => {
  await ward?.stop();
  rmSync(sounds, { recursive: true, force: true });
});

const next = (page) => page.click('.announce-ends .main');
const step = (page) => page.textContent('#step-title');

// Step 1 by a machine that reads, heard to its end.
async function letRead(page, words) {
  await page.click('label:has-text("Máy đọc")');
  await page.fill('textarea[name=speech]', words);
  await page.waitForSelector('.announce-reading');
  await page.click('button:has-text("Cho máy đọc")');
  await page.waitForSelector('.waveform', { timeout: 60_000 });
  await page.waitForFunction(() => !/0:00$/.test(document.querySelector('.waveform > .number').textContent));
  await page.click('.waveform button');
  await page.waitForSelector('p.good:has-text("Đã nghe hết")', { timeout: 60_000 });
}

test('text becomes speech, is scheduled as soon as can be, and comes out of every loudspeaker', async () => {
  const page = await ward.openAs('chairman', '/announce');
  await letRead(page, text);
  await page.selectOption('select[name=category]', 'greeting');
  await checkFit(page, 'the first step');
  await next(page);
  await page.waitForSelector('.who-hears strong:has-text("3 loa")');
  await checkFit(page, 'the second step');
  await next(page);
  await page.click('button:has-text("Sớm nhất có thể")');
  await checkFit(page, 'the third step');
  await next(page);
  await page.waitForSelector('.announce-plan strong:has-text("Phát 1 lượt")');
  await checkFit(page, 'the last step');
  await page.check('input[name=confirmed]');
  await page.click('button:has-text("Phát"):not(.stop)');
  await page.waitForSelector('.said.good:has-text("Đã xếp lịch phát")');
  const outcomes = await until('three loudspeakers have played it', async () => {
    const list = (await ward.api('GET', '/api/outcomes?limit=10')).filter(({ heard_ms }) => heard_ms > 0);
    return list.length === 3 && list;
  }, 180_000);
  const clip = sound('clip.wav');
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', join(ward.folder, 'server/clips', `${outcomes[0].clip}.opus`), '-ac', '1', '-ar', '16000', '-c:a', 'pcm_s16le', clip]);
  for (const { node, result, reason } of outcomes) {
    assert.equal(result, 'played', `${node}: ${reason}`);
    const like = likeness(clip, ward.heard(node).at(-1));
    assert.ok(like > sameWords, `${node}: ${like}`);
    assert.ok(likeness(sound('other.wav'), ward.heard(node).at(-1)) < sameWords - 0.1);
  }
  assert.deepEqual(page.troubles, []);
});

test('a reload in the middle takes nothing', async () => {
  const page = await ward.openAs('operator', '/announce');
  await page.click('label:has-text("Tải tệp lên")');
  await page.setInputFiles('input[type=file]', sound('tone.wav'));
  await page.waitForSelector('.waveform', { timeout: 60_000 });
  await page.fill('input[name=title]', 'Thông báo cắt điện');
  await page.fill('textarea[name=transcript]', 'Điện lực báo cắt điện.');
  await next(page);
  await page.locator('.area-tree input').first().uncheck();
  await page.locator('.area-tree label:has-text("số 2") input').check();
  await next(page);
  await page.selectOption('select[name=repeat]', 'weekly');
  await page.locator('label:has-text("thứ Tư") input').check();
  await page.fill('input[name=time]', '06:30');
  const said = await page.textContent('.announce-sentence');
  assert.match(said, /06:30 thứ Hai và thứ Tư hằng tuần/);
  await page.reload();
  await page.waitForSelector('.announce-sentence');
  assert.equal(await page.textContent('.announce-sentence'), said);
  await page.click('.announce-steps button:has-text("Nơi nghe")');
  await page.waitForSelector('.who-hears strong:has-text("1 loa")');
  await page.click('.announce-steps button:has-text("Âm thanh")');
  await page.waitForSelector('.waveform');
  assert.equal(await page.inputValue('input[name=title]'), 'Thông báo cắt điện');
  assert.equal(await page.inputValue('textarea[name=transcript]'), 'Điện lực báo cắt điện.');
  await page.click('.announce-steps button:has-text("Xem và gửi")');
  await page.waitForSelector('.announce-plan');
  assert.deepEqual(page.troubles, []);
  // What was kept at the server to ask about goes with it.
  const kept = async () => (await ward.api('GET', '/api/announcements')).filter(({ title }) => title === 'Thông báo cắt điện').map(({ state }) => state);
  assert.deepEqual(await kept(), ['draft']);
  await page.click('button:has-text("Bỏ, soạn lại")');
  await page.click('button:has-text("Chạm lần nữa")');
  await until('the draft is withdrawn', async () => (await kept()).join() === 'withdrawn');
  await page.context().close();
});

test('single loudspeakers are chosen in the list and on the map, and cancelling says first what falls away', async () => {
  const nodes = (await ward.api('GET', '/api/nodes')).sort((a, b) => a.node.localeCompare(b.node));
  for (const [at, { node, area, name }] of nodes.entries()) await ward.api('PUT', `/api/nodes/${node}`, { name, area, position: { latitude: 20.8 + at * 0.004, longitude: 106.6 } });
  const { announcement } = (await ward.api('GET', '/api/announcements')).find(({ title }) => /chúc của phường/.test(title));
  const page = await ward.openAs('chairman', '/announce');
  await page.click('label:has-text("Dùng lại")');
  await page.selectOption(`select:has(option[value="${announcement}"])`, announcement);
  await next(page);
  await page.waitForSelector('.who-hears [role=status]:has-text("3 loa")');
  // By keyboard, in the list: one of the ward is left out, so the others are named.
  await page.focus('.who-hears button:has-text("Từng loa")');
  await page.keyboard.press('Enter');
  await page.fill('input[name=find-node]', nodes[0].name);
  await page.focus(`input[name=node-${nodes[0].node}]`);
  await page.keyboard.press('Space');
  await page.waitForSelector('.who-hears [role=status]:has-text("2 loa"):has-text("2 loa chọn riêng")');
  await page.fill('input[name=find-node]', '');
  await checkFit(page, 'loudspeakers one by one');
  // On the map the same choice; one is touched away, a frame takes in those two that are north of the first.
  await page.click('.who-hears button:has-text("Trên bản đồ")');
  const marks = page.locator('.choice-ground svg path');
  await page.waitForFunction(() => document.querySelectorAll('.choice-ground svg path').length === 3);
  await checkFit(page, 'the map');
  const places = (await Promise.all([0, 1, 2].map((at) => marks.nth(at).boundingBox()))).map(({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 })).sort((a, b) => b.y - a.y);
  await page.mouse.click(places[1].x, places[1].y);
  await page.waitForSelector('.who-hears [role=status]:has-text("1 loa chọn riêng")');
  await page.mouse.click(places[2].x, places[2].y);
  await page.waitForSelector('.who-hears [role=status]:has-text("0 loa")');
  await page.click('button:has-text("Khoanh nhiều loa")');
  await page.mouse.move(places[2].x - 40, places[2].y - 20);
  await page.mouse.down();
  await page.mouse.move(places[1].x + 40, places[1].y + 20, { steps: 6 });
  await page.mouse.up();
  await page.waitForSelector('.who-hears [role=status]:has-text("2 loa chọn riêng")');
  assert.equal(await page.getAttribute('button:has-text("Khoanh nhiều loa")', 'aria-pressed'), 'false');
  await page.reload();
  await page.waitForSelector('.who-hears [role=status]:has-text("2 loa chọn riêng")');
  await next(page);
  await page.selectOption('select[name=repeat]', 'weekly');
  await page.fill('input[name=time]', '09:10');
  await next(page);
  await page.waitForSelector(`dd:has-text("${nodes[1].name}, ${nodes[2].name}")`);
  await page.check('input[name=confirmed]');
  await page.click('.announce-ends .main:not([disabled])');
  await page.waitForSelector('.said');
  assert.match(await page.textContent('.said'), /Đã xếp lịch phát/);
  const made = (await ward.api('GET', '/api/schedules')).find(({ announcement: of, nodes: single }) => of === announcement && single.length);
  assert.deepEqual([made.areas, [...made.nodes].sort()], [[], [nodes[1].node, nodes[2].node]]);

  await page.goto(`${ward.base}/#/announce?schedule=${made.schedule}`);
  await page.click('button:has-text("Hủy lịch phát này")');
  await page.waitForSelector('.falls-away li:has-text("09:10")');
  assert.match(await page.textContent('.falls-away'), /\d+ lượt sẽ không phát:/);
  await checkFit(page, 'what falls away');
  await page.click('button:has-text("Không hủy nữa")');
  await page.waitForSelector('.falls-away', { state: 'detached' });
  assert.equal((await ward.api('GET', `/api/schedules/${made.schedule}`)).cancelled, null);
  await page.click('button:has-text("Hủy lịch phát này")');
  await page.waitForSelector('.falls-away li');
  await page.click('.announce-ends .danger');
  await until('it is cancelled', async () => (await ward.api('GET', `/api/schedules/${made.schedule}`)).cancelled !== null);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('the whole wizard works by keyboard alone', async () => {
  const page = await ward.openAs('operator', '/announce');
  await page.waitForSelector('.announce-steps');
  const focused = () => page.evaluate(() => (document.activeElement?.labels?.[0]?.textContent ?? document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '').trim());
  // Tab until a control of that name has the focus; a person who uses a keyboard does the same.
  const to = async (name) => {
    for (let i = 0; i < 120; i++) {
      if ((await focused()).startsWith(name)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`Tab never comes to ${name}; last: ${await focused()}`);
  };
  await to('Thu âm');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await to('Văn bản cho máy đọc');
  await page.keyboard.type('Mai phun thuốc muỗi.');
  await page.waitForSelector('.announce-reading');
  await to('Cho máy đọc');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.waveform', { timeout: 60_000 });
  await page.waitForFunction(() => !/0:00$/.test(document.querySelector('.waveform > .number').textContent));
  await to('Nghe: ');
  await page.keyboard.press('Enter');
  await page.waitForSelector('p.good:has-text("Đã nghe hết")', { timeout: 60_000 });
  await to('Tiếp');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#step-title:has-text("Nơi nghe")');
  await to('Phường');
  await page.keyboard.press('Space');
  await page.waitForSelector('.who-hears strong:has-text("0 loa")');
  await page.keyboard.press('Space');
  await page.waitForSelector('.who-hears strong:has-text("3 loa")');
  await to('Tiếp');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.day-grid [aria-pressed="true"]');
  const before = await page.getAttribute('.day-grid [aria-pressed="true"]', 'data-day');
  await page.keyboard.press('Tab');
  await to((await page.textContent('.day-grid [aria-pressed="true"] .hidden-text')).trim());
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction((was) => document.activeElement?.getAttribute('data-day') > was, before);
  await to('Tiếp');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.announce-plan');
  await to('Tôi đã đọc');
  await page.keyboard.press('Space');
  await to('Gửi duyệt');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.said.good:has-text("chờ duyệt")');
  assert.equal((await ward.api('GET', '/api/announcements')).find(({ title }) => title.startsWith('Mai phun')).state, 'submitted');
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('a schedule is edited, another officer’s change is told, and it is cancelled', async () => {
  const schedule = (await ward.api('GET', '/api/schedules')).find((each) => each.rule.kind === 'once' && !each.cancelled && Date.parse(each.rule.start) > Date.now() + 600_000);
  const page = await ward.openAs('operator', `/announce?schedule=${schedule.schedule}`);
  await page.waitForSelector('h1:has-text("Sửa lịch phát")');
  await page.click('.announce-steps button:has-text("Nơi nghe")');
  await page.locator('input[type=range]').fill('35');
  const { announcement, areas, rule, late_ms } = schedule;
  await ward.api('PUT', `/api/schedules/${schedule.schedule}`, { announcement, areas, rule, late_ms, volume_pct: 45 });
  await page.waitForSelector('.banner:has-text("vừa thay đổi lịch này")');
  await page.click('button:has-text("Tải lại bản mới")');
  await page.waitForFunction(() => document.querySelector('input[type=range]').value === '45');
  await page.locator('input[type=range]').fill('35');
  await page.click('.announce-steps button:has-text("Xem và gửi")');
  await page.click('button:has-text("Lưu lịch phát"):enabled');
  await page.waitForSelector('.said.good');
  assert.equal((await ward.api('GET', `/api/schedules/${schedule.schedule}`)).volume_pct, 35);
  await page.click('a:has-text("Xem lịch phát")');
  await page.waitForSelector('h1:has-text("Lịch phát")');
  await page.goto(`${ward.base}/#/announce?schedule=${schedule.schedule}`);
  await page.click('button:has-text("Hủy lịch phát này")');
  await page.click('button:has-text("Hủy hẳn?")');
  await page.waitForSelector('.said.good:has-text("Đã hủy")');
  assert.notEqual((await ward.api('GET', `/api/schedules/${schedule.schedule}`)).cancelled, null);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('what is no sound is refused with words', async () => {
  const page = await ward.openAs('operator', '/announce');
  await page.click('label:has-text("Tải tệp lên")');
  await page.setInputFiles('input[type=file]', { name: 'thư.txt.mp3', mimeType: 'audio/mpeg', buffer: Buffer.from('không phải âm thanh') });
  await page.waitForSelector('.sound-file .said.bad:has-text("Máy chủ không nhận")', { timeout: 60_000 });
  assert.deepEqual(page.troubles, []);
});
