// The page of loudspeakers: one is added and enrolled by its own program, tested, lost, stopped, revoked.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { checkFit } from './fit.mjs';
import { Ward, until } from './ward.mjs';

const bin = process.env.LOA_BIN ?? resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../../../build/bin');
const folder = () => join(ward.folder, 'nodes/tdp-04');
const redWithinMs = 100_000;

let ward;
let page;
let node;
before(async () => {
  ward = await Ward.start('--ahead', '900');
  page = await ward.openAs('operator', '/loudspeakers');
});
after(async () => {
  node?.kill('SIGKILL');
  await ward.stop();
});

test('loudspeakers are found by name, area and state', async () => {
  await page.waitForFunction(() => document.querySelectorAll('.speaker-row .badge.good').length === 3, null, { timeout: 60_000 });
  await page.fill('input[name=search]', 'to dan pho so 2');
  await page.waitForFunction(() => document.querySelectorAll('.speaker-row').length === 1);
  assert.match(await page.textContent('.speaker-row'), /tdp-02/);
  await page.fill('input[name=search]', '');
  await page.selectOption('select[name=area]', { index: 2 });
  await page.waitForFunction(() => document.querySelectorAll('.speaker-row').length === 1);
  await page.selectOption('select[name=area]', '');
  await page.click('.actions button:has-text("Chưa dùng")');
  await page.waitForSelector('text=Không có loa nào khớp');
  await page.click('text=Bỏ điều kiện');
  await page.waitForFunction(() => document.querySelectorAll('.speaker-row').length === 3);
});

test('a new loudspeaker is added, its code enrols the real program, and the page sees it live', async () => {
  await page.click('text=Thêm loa');
  await page.fill('.enrol-form input[name=name]', 'Loa cổng chợ');
  await page.selectOption('.enrol-form select[name=area]', { index: 2 });
  assert.equal(await page.inputValue('.enrol-form input[name=node]'), 'tdp-04');
  // What was typed survives a reload.
  await page.reload();
  await page.click('text=Thêm loa');
  assert.equal(await page.inputValue('.enrol-form input[name=name]'), 'Loa cổng chợ');
  await page.click('.enrol-form button[type=submit]');
  const code = (await page.textContent('.enrolment-code code')).trim();
  assert.match(code, /^([0-9A-Z]{4}-){6}[0-9A-Z]{4}$/);
  await page.waitForSelector('.enrolment-code .drawn svg');
  const command = await page.textContent('.enrolment > .copied code');
  assert.match(command, new RegExp(`loa-node enrol --server ${ward.base} --code ${code} --folder`));
  assert.equal(await page.getAttribute('[data-step=enrolled]', 'data-done'), 'false');
  await page.setViewportSize({ width: 390, height: 844 });
  await checkFit(page, 'the code');
  await page.setViewportSize({ width: 1440, height: 900 });

  execFileSync(join(bin, 'loa-node'), ['enrol', '--server', ward.base, '--code', code, '--folder', folder(), '--sink', `file:${join(ward.folder, 'heard/tdp-04')}`]);
  await page.waitForSelector('[data-step=enrolled][data-done=true]');
  node = spawn(join(bin, 'loa-node'), ['--config', join(folder(), 'node.toml')], { stdio: 'ignore' });
  await page.waitForSelector('[data-step=ready][data-done=true]', { timeout: 60_000 });
  await page.click('text=Mở trang của loa');
  await page.waitForSelector('[data-standing].good');
  assert.equal((await page.textContent('h1')).trim(), 'Loa cổng chợ');
  assert.deepEqual(page.troubles, []);
});

test('the tone gives a verdict with advice', async () => {
  await page.click('[data-test-run]');
  // The trial ward's cabinets have no microphone.
  await page.waitForSelector('[data-verdict=no_monitor]', { timeout: 60_000 });
  await page.waitForSelector('[data-test-run]:not([disabled])');
  assert.equal(Number(ward.ask("SELECT count(*) FROM audit WHERE action = 'test_node' AND subject = 'tdp-04'")), 1);
  assert.match(await page.textContent('.speaker-test'), /dBFS/);
  await checkFit(page, 'the verdict');
  assert.deepEqual(page.troubles, []);
});

test('STOP for this one reaches it alone', async () => {
  await page.click('[data-stop-one]');
  await page.click('[data-stop-now]');
  await page.waitForSelector('.said.good');
  assert.match(await page.textContent('.said.good'), /Loa cổng chợ/);
  assert.deepEqual(JSON.parse(ward.ask("SELECT after FROM audit WHERE action = 'stop' ORDER BY seq DESC LIMIT 1")).nodes, ['tdp-04']);
});

test('the sticker is drawn with its code', async () => {
  await page.click('[data-sticker]');
  await page.waitForSelector('.sticker-drawn svg');
  assert.match(await page.textContent('.sticker-drawn'), /Loa cổng chợ/);
  await page.keyboard.press('Escape');
  await page.waitForSelector('.sticker-drawn', { state: 'detached' });
});

test('it is named and placed, and whoever is overtaken is told', async () => {
  await page.click('[data-edit-place]');
  const admin = await ward.openAs('admin', '/loudspeakers/tdp-04');
  await admin.click('[data-edit-place]');
  await admin.fill('input[name=latitude]', '20.80412');
  await admin.click('form:has(input[name=latitude]) button[type=submit]');
  await admin.waitForSelector('form:has(input[name=latitude]) .said.bad');
  await admin.fill('input[name=longitude]', '106,61733');
  // The point shows on the map as it is typed.
  await admin.waitForFunction(() => document.querySelector('.place-map svg path')?.getBoundingClientRect().width > 10);
  await admin.click('form:has(input[name=latitude]) button[type=submit]');
  await admin.waitForSelector('text=Đã lưu.');
  assert.equal(Number(ward.ask("SELECT longitude FROM nodes WHERE node_id = 'tdp-04'")), 106.61733);
  assert.deepEqual(admin.troubles, []);
  await admin.context().close();

  await page.waitForSelector('.overtaken');
  assert.ok(await page.isDisabled('form:has(input[name=latitude]) button[type=submit]'));
  await page.click('.overtaken button >> nth=0');
  assert.equal(await page.inputValue('input[name=latitude]'), '20.80412');
  await page.fill('form input[name=name]', 'Loa cổng chợ Đầm');
  // A reload takes nothing.
  await page.reload();
  assert.equal(await page.inputValue('form input[name=name]'), 'Loa cổng chợ Đầm');
  await page.click('form:has(input[name=latitude]) button[type=submit]');
  await page.waitForFunction(() => document.querySelector('h1').textContent === 'Loa cổng chợ Đầm');
  assert.deepEqual(page.troubles, []);
});

test('it is placed where the telephone is, and sounds later than its neighbour', async () => {
  const telephone = await ward.openAs('operator', '/loudspeakers/tdp-04', { width: 390, permissions: ['geolocation'], geolocation: { latitude: 20.80555, longitude: 106.62666, accuracy: 4 } });
  await telephone.click('[data-edit-place]');
  await telephone.click('button:has-text("Lấy vị trí điện thoại này")');
  await telephone.waitForFunction(() => document.querySelector('input[name=latitude]').value === '20.80555' && document.querySelector('input[name=longitude]').value === '106.62666');
  await telephone.fill('input[name=delay]', '501');
  await telephone.click('form:has(input[name=latitude]) button[type=submit]');
  assert.equal(await telephone.$eval('input[name=delay]', (field) => field.validity.rangeOverflow), true);
  await telephone.fill('input[name=delay]', '120');
  await checkFit(telephone, 'the place');
  await telephone.click('form:has(input[name=latitude]) button[type=submit]');
  await telephone.waitForSelector('dd:has-text("kêu muộn hơn 120 ms")');
  const { position, delay_ms } = (await ward.api('GET', '/api/nodes')).find((each) => each.node === 'tdp-04');
  assert.deepEqual({ position, delay_ms }, { position: { latitude: 20.80555, longitude: 106.62666 }, delay_ms: 120 });
  assert.deepEqual(telephone.troubles, []);
  await telephone.context().close();

  // Who does not allow it is told what to do.
  const other = await ward.openAs('operator', '/loudspeakers/tdp-04', { width: 390 });
  await other.click('[data-edit-place]');
  await other.click('button:has-text("Lấy vị trí điện thoại này")');
  await other.waitForSelector('.said.bad:has-text("Bật định vị")');
  assert.equal(await other.inputValue('input[name=latitude]'), '20.80555');
  assert.deepEqual(other.troubles, []);
  await other.context().close();
});

test('a loudspeaker that dies turns red by itself', async () => {
  await page.waitForSelector('[data-standing].good');
  node.kill('SIGKILL');
  await page.waitForSelector('[data-standing].bad', { timeout: redWithinMs });
  assert.match(await page.textContent('[data-standing]'), /Mất liên lạc/);
  await page.click('.speaker-back');
  await page.waitForSelector('.speaker-row[href="#/loudspeakers/tdp-04"] .badge.bad');
  assert.deepEqual(page.troubles, []);
});

test('revoking asks for a reason, names the loudspeaker and ends it', async () => {
  await page.click('.speaker-row[href="#/loudspeakers/tdp-04"]');
  await page.click('[data-revoke]');
  assert.match(await page.textContent('.sheet'), /Loa cổng chợ/);
  await checkFit(page, 'the question before revoking');
  assert.ok(await page.isDisabled('[data-revoke-now]'));
  await page.fill('.sheet input[name=why]', 'mất cắp');
  await page.click('[data-revoke-now]');
  await page.waitForSelector('text=mất cắp');
  await until('the books hold it', () => ward.ask("SELECT count(*) FROM audit WHERE action = 'revoke_node' AND subject = 'tdp-04'") === '1');
  // Another code for another machine at the same pole.
  await page.click('.enrolment button:has-text("Kết nạp lại")');
  await page.waitForSelector('.enrolment-code code');
  assert.deepEqual(page.troubles, []);
});

test('who may only read is offered nothing else', async () => {
  const reader = await ward.openAs('chairman', '/loudspeakers/tdp-01');
  await reader.waitForSelector('[data-standing]');
  for (const forbidden of ['[data-revoke]', '[data-sticker]', '[data-test-run]', '[data-edit-place]']) assert.equal(await reader.$(forbidden), null, forbidden);
  assert.ok(await reader.$('[data-stop-one]'));
  assert.deepEqual(reader.troubles, []);
});
