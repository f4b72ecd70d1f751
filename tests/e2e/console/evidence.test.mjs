// Evidence: the figures are the server's, the report is a PDF, a resident's complaint appears and is settled.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { checkFit } from './fit.mjs';
import { Ward, until } from './ward.mjs';

let ward;
before(async () => {
  ward = await Ward.start('--ahead', '15');
  await until('the greeting has been heard', async () => (await ward.api('GET', '/api/outcomes?limit=9')).length === 3, 120_000);
});
after(() => ward.stop());

test('the figures are those of the books, and the report can be had', async () => {
  const page = await ward.openAs('chairman', '/evidence');
  await page.waitForSelector('.evidence-tiles .big');
  const from = await page.inputValue('input[name=from]');
  const to = await page.inputValue('input[name=to]');
  const { total, coverage } = await ward.api('GET', `/api/evidence?from=${from}&to=${to}`);
  assert.equal(total.planned, 3);
  const tiles = await page.locator('.evidence-tiles .big').allTextContents();
  assert.deepEqual(tiles.slice(0, 2), [String(total.planned), `${((total.played / (total.planned - total.waiting)) * 100).toFixed(1).replace('.', ',')} %`]);
  assert.equal(tiles[3], `${coverage.working} trên ${coverage.groups}`);
  await page.waitForSelector('.bar-chart canvas');
  await checkFit(page, 'the evidence');
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('a[download$=".pdf"]:not([download*="bao"])')]);
  assert.equal(readFileSync(await download.path()).subarray(0, 5).toString(), '%PDF-');
  assert.ok(await page.locator('text=Sổ ghi việc').count());
  await page.fill('input[name=subject]', 'operator');
  await page.click('button:has-text("Lọc")');
  await page.waitForSelector('tr:has(td:has-text("thêm người dùng “")):has(li:has-text("Vai trò: Vận hành"))');
  await page.fill('input[name=subject]', '');
  await page.click('button:has-text("Lọc")');
  await page.waitForFunction(() => document.querySelectorAll('section[aria-labelledby=evidence-audit] tbody tr').length > 10);
  // Neither JSON nor codes, whatever has been done so far.
  assert.doesNotMatch(await page.locator('section[aria-labelledby=evidence-audit] tbody').innerText().then((text) => text.replaceAll(/“[^”]*”/g, '')), /[{}]|[a-z]_[a-z]|làm việc/);
  assert.deepEqual(page.troubles, []);
});

test('what a resident says appears without a touch, and is settled', async () => {
  const page = await ward.openAs('operator', '/evidence');
  await page.waitForSelector('text=Không có phản ánh nào đang chờ.');
  execFileSync('curl', ['-sS', '--fail', '--cacert', `${ward.folder}/station/authority.pem`, '-H', 'Content-Type: application/json', '--data-binary', JSON.stringify({ node: 'tdp-01', kind: 'too_loud', text: 'Giật mình lúc sáng sớm' }), `${ward.base}/api/public/complaints`]);
  await page.waitForSelector('.evidence-complaint:has-text("Giật mình lúc sáng sớm")');
  await page.fill('.evidence-complaint input', 'Đã giảm âm lượng');
  await page.click('.evidence-complaint button');
  await page.waitForSelector('.said.good:has-text("Đã ghi kết quả")');
  const [complaint] = await ward.api('GET', '/api/complaints?state=settled');
  assert.equal(complaint.settled.note, 'Đã giảm âm lượng');
  await page.waitForSelector('.evidence-complaint', { state: 'detached' });
  await page.check('input[name=settled]');
  await page.waitForSelector('.evidence-complaint:has-text("Giật mình lúc sáng sớm"):has-text("operator"):has-text(": Đã giảm âm lượng")');
  assert.equal(await page.locator('.evidence-complaint input').count(), 0);
  assert.deepEqual(page.troubles, []);
});
