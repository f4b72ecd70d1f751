// Settings: people and their invitations, the ward's rules with their decisions, areas, what each person has for oneself.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { checkFit } from './fit.mjs';
import { Ward, until } from './ward.mjs';

let ward;
let page;
before(async () => {
  ward = await Ward.start('--ahead', '900');
  page = await ward.openAs('admin', '/settings');
});
after(() => ward.stop());

const versions = () => Number(ward.ask('SELECT max(version) FROM ward_rules'));

test('each role is offered what it may', async () => {
  const titles = (of) => of.$$eval('.settings-part strong', (list) => list.map((each) => each.textContent));
  await page.waitForSelector('.settings-part');
  assert.ok((await titles(page)).includes('Người dùng'));
  const chairman = await ward.openAs('chairman', '/settings');
  await chairman.waitForSelector('.settings-part');
  assert.ok(!(await titles(chairman)).includes('Người dùng'));
  // An address typed by hand shows no more than is offered.
  await chairman.goto(`${ward.base}/#/settings/people`);
  await chairman.waitForSelector('.settings-part');
  await chairman.goto(`${ward.base}/#/settings/rules`);
  await chairman.waitForSelector('.settings-told');
  assert.equal(await chairman.$('[data-edit-rules]'), null);
  assert.deepEqual(chairman.troubles, []);
  await chairman.context().close();
});

test('a person is made, and the invitation opens the door', async () => {
  await page.goto(`${ward.base}/#/settings/people`);
  await page.click('[data-add-person]');
  await page.fill('.person-form input[name=name]', 'Nguyễn Văn An');
  assert.equal(await page.inputValue('.person-form input[name=person]'), 'annv');
  // What was typed survives a reload.
  await page.reload();
  await page.click('[data-add-person]');
  assert.equal(await page.inputValue('.person-form input[name=name]'), 'Nguyễn Văn An');
  // A group lead without an area is refused before anything is made.
  await page.selectOption('.person-form select[name=role]', 'group_lead');
  await page.click('.person-form button[type=submit]');
  assert.ok(await page.$eval('.person-form select[name=area]', (field) => !field.validity.valid));
  await page.selectOption('.person-form select[name=role]', 'editor');
  await page.click('.person-form button[type=submit]');
  const code = (await page.textContent('.invitation code.large')).trim();
  assert.match(await page.textContent('.invitation'), /annv/);
  await checkFit(page, 'the invitation');
  await page.keyboard.press('Escape');
  assert.match(await page.textContent('[data-person=annv]'), /Chưa đặt mật khẩu/);

  const guest = await ward.open();
  await guest.goto(ward.base);
  await guest.click('text=Tôi có lời mời');
  await guest.fill('input[name=code]', code);
  await guest.fill('input[name=new-password]', 'chim-se-tren-mai-dinh');
  await guest.click('details form button[type=submit]');
  await guest.waitForSelector('.said.good');
  await guest.fill('input[name=password]', 'chim-se-tren-mai-dinh');
  await guest.click('form button[type=submit]');
  await guest.waitForSelector('.shell');
  // The administrator sees it by itself.
  await page.waitForFunction(() => document.querySelector('[data-person=annv] .badge.good'));

  // The person's own password and token.
  await guest.goto(`${ward.base}/#/settings/own`);
  await guest.fill('input[name=password-old]', 'chim-se-tren-mai-dinh');
  await guest.fill('input[name=password-new]', 'con-thuyen-ben-song');
  await guest.fill('input[name=password-again]', 'con-thuyen-ben-sonk');
  await guest.click('button:has-text("Đổi mật khẩu")');
  await guest.waitForSelector('.said.bad');
  await guest.fill('input[name=password-again]', 'con-thuyen-ben-song');
  await guest.click('button:has-text("Đổi mật khẩu")');
  // It ends every session, and the door leads back to the same page.
  await guest.fill('input[name=person]', 'annv');
  await guest.fill('input[name=password]', 'con-thuyen-ben-song');
  await guest.click('form button[type=submit]');
  await guest.fill('input[name=token-name]', 'máy văn phòng');
  await guest.click('button:has-text("Tạo mã")');
  const secret = (await guest.textContent('.copied code')).trim();
  const told = JSON.parse(execFileSync('curl', ['-sSk', '-H', `Authorization: Bearer ${secret}`, `${ward.base}/api/me`]).toString());
  assert.equal(told.person, 'annv');
  await guest.click('button[aria-label="Thu hồi mã máy văn phòng"]');
  await guest.waitForSelector('text=đã thu hồi');
  assert.deepEqual(guest.troubles, []);

  // Closed: the open session ends at once.
  await page.click('[data-person=annv] [data-close]');
  assert.match(await page.textContent('.sheet'), /Nguyễn Văn An/);
  await page.click('[data-act]');
  await page.waitForSelector('[data-person=annv]', { state: 'detached' });
  await guest.waitForSelector('input[name=person]', { timeout: 60_000 });
  assert.deepEqual(page.troubles, []);
});

test('rules with a decision become a version, and two who edit at once are told', async () => {
  const before = versions();
  const other = await ward.openAs('admin', '/settings/rules');
  await page.goto(`${ward.base}/#/settings/rules`);
  for (const each of [page, other]) {
    await each.click('[data-edit-rules]');
    await each.waitForSelector('.rules-form');
  }
  await page.click('[data-add-class]');
  await page.fill('.rules-class input[required]', 'trường học');
  // Plainly wrong: nothing is sent.
  await page.waitForSelector('.rules-form .said.bad');
  assert.ok(await page.isDisabled('.rules-form button[type=submit]'));
  await page.check('.rules-areas input >> nth=1');
  await page.setViewportSize({ width: 390, height: 844 });
  await checkFit(page, 'the form of the rules');
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.click('.rules-form button[type=submit]');
  assert.ok(await page.$eval('input[name=decision]', (field) => !field.validity.valid), 'a decision is required');
  assert.equal(versions(), before);
  await page.fill('input[name=decision]', '12/QĐ-UBND');
  await page.click('.rules-form button[type=submit]');
  await page.waitForSelector(`[data-version="${before + 1}"]`);
  assert.match(await page.textContent(`[data-version="${before + 1}"]`), /12\/QĐ-UBND.*trường học/s);
  assert.equal(versions(), before + 1);

  await other.waitForSelector('.rules-overtaken');
  assert.match(await other.textContent('.rules-overtaken'), /12\/QĐ-UBND/);
  assert.ok(await other.isDisabled('.rules-form button[type=submit]'));
  await other.fill('input[name=gap]', '5');
  await other.fill('input[name=decision]', '13/QĐ-UBND');
  await other.click('[data-keep-mine]');
  await other.click('.rules-form button[type=submit]');
  await other.waitForSelector(`[data-version="${before + 2}"]`);
  assert.equal(JSON.parse(ward.ask('SELECT rules FROM ward_rules ORDER BY version DESC LIMIT 1')).gap_ms, 5000);
  // The other window shows it without being asked.
  await page.waitForSelector(`[data-version="${before + 2}"]`);
  assert.deepEqual(page.troubles, []);
  assert.deepEqual(other.troubles, []);
});

test('an area is added below another', async () => {
  await page.goto(`${ward.base}/#/settings/areas`);
  await page.click('[data-add-area]');
  await page.fill('.area-form input[name=name]', 'Ngõ Chợ Đầm');
  await page.selectOption('.area-form select[name=parent]', { index: 2 });
  await page.click('.area-form button[type=submit]');
  await page.waitForSelector('[data-area=ngo-cho-dam]');
  await page.click('[data-area=ngo-cho-dam] button');
  await page.fill('.area-form input[name=residents]', '1234');
  await page.click('.area-form button[type=submit]');
  await page.waitForSelector('[data-area=ngo-cho-dam] >> text=1.234 dân');
  assert.notEqual(ward.ask("SELECT parent_id FROM areas WHERE area_id = 'ngo-cho-dam'"), '');
  assert.deepEqual(page.troubles, []);
});

test('holidays, templates and kinds are told', async () => {
  await page.goto(`${ward.base}/#/settings/holidays`);
  await page.waitForSelector('text=Giỗ Tổ Hùng Vương');
  await page.waitForSelector('text=mùng 10 tháng 3 năm Bính Ngọ');
  await page.goto(`${ward.base}/#/settings/templates`);
  await page.waitForSelector('.card h2');
  await page.goto(`${ward.base}/#/settings/kinds`);
  await page.waitForSelector('text=39/2020');
  assert.deepEqual(page.troubles, []);
});

test('keys, policy and certificates are told', async () => {
  await page.goto(`${ward.base}/#/settings/keys`);
  await page.waitForSelector('[data-key] .badge.good');
  await page.waitForSelector('text=Đang ký được');
  await page.setViewportSize({ width: 390, height: 844 });
  await checkFit(page, 'the keys');
  assert.deepEqual(page.troubles, []);
});

test('the chairman appoints a deputy, and is told why one cannot be', async () => {
  const chairman = await ward.openAs('chairman', '/settings/deputies');
  await chairman.fill('input[name=person]', 'operator');
  await chairman.fill('input[name=decision]', '14/QĐ-UBND');
  await chairman.click('form button[type=submit]');
  // The trial ward's operator has no second factor.
  await chairman.waitForSelector('.said.bad');
  assert.equal(await chairman.inputValue('input[name=decision]'), '14/QĐ-UBND');

  await ward.hire('hoa', 'editor', 'Phó Chủ tịch');
  await ward.takeSecondFactor('hoa');
  await chairman.fill('input[name=person]', 'hoa');
  await chairman.click('form button[type=submit]');
  await chairman.waitForSelector('.said.good:has-text("hoa")');
  await chairman.waitForSelector('.settings-list li:has(strong:text-is("hoa")):has-text("14/QĐ-UBND")');
  assert.equal(await chairman.inputValue('input[name=decision]'), '');
  const [deputy] = (await ward.api('GET', '/api/deputies')).filter(({ person }) => person === 'hoa');
  assert.deepEqual([deputy.appointed_by, deputy.decision, deputy.ended], ['chairman', '14/QĐ-UBND', null]);
  await checkFit(chairman, 'a deputy');
  assert.deepEqual(chairman.troubles, []);
});

test('a calendar feed is made, read and removed', async () => {
  const operator = await ward.openAs('operator', '/settings/feeds');
  await operator.fill('input[name=name]', 'Văn phòng');
  await operator.click('form button[type=submit]');
  const address = (await operator.textContent('.copied code')).trim();
  assert.match(execFileSync('curl', ['-sSk', address]).toString(), /^BEGIN:VCALENDAR/);
  await operator.click('button[aria-label="Xóa địa chỉ Văn phòng"]');
  await operator.click('.sheet button.danger');
  await until('it is gone', async () => (await operator.$$('.settings-list li')).length === 0);
  assert.doesNotMatch(execFileSync('curl', ['-sSk', address]).toString(), /VCALENDAR/);
  assert.deepEqual(operator.troubles, []);
});

test('an emergency key is made behind a PIN, and the administrator is told what to type', async () => {
  const operator = await ward.openAs('operator', '/settings/emergency');
  await operator.fill('input[name=pin]', '824613');
  await operator.fill('input[name=again]', '824614');
  await operator.waitForSelector('.said.bad');
  assert.equal(await operator.isDisabled('form button[type=submit]'), true);
  for (const name of ['pin', 'again']) await operator.fill(`input[name=${name}]`, '111111');
  await operator.click('form button[type=submit]');
  await operator.waitForSelector('.said.bad:has-text("lặp một ký tự")');
  for (const name of ['pin', 'again']) await operator.fill(`input[name=${name}]`, '824613');
  await operator.click('form button[type=submit]');
  await operator.waitForSelector('[data-key-of=operator] .badge.wait');
  const [key] = (await ward.api('GET', '/api/emergency/keys')).keys;
  assert.deepEqual([key.person, key.believed], ['operator', false]);
  assert.ok((await operator.textContent('.copied code')).includes(`--key ${key.public_key} --label operator`));
  assert.equal(await operator.inputValue('input[name=pin]'), '');
  await checkFit(operator, 'an emergency key');
  assert.deepEqual(operator.troubles, []);
});
