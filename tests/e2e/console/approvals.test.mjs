// Nothing airs by one person's word: an editor's disclosure, its author, and the chairman.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { checkFit } from './fit.mjs';
import { Ward } from './ward.mjs';

let ward;
let clip;
before(async () => {
  ward = await Ward.start('--ahead', '3600');
  await ward.hire('ha', 'editor', 'Biên tập viên');
  clip = (await ward.api('GET', '/api/clips')).at(0).sha256;
});
after(() => ward.stop());

// As an editor does it in the wizard, by reuse of a sound that is there.
async function disclose(page, title) {
  return page.evaluate(async ({ title, clip }) => {
    const send = async (method, path, body) => {
      const answer = await fetch(path, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
      const told = await answer.json();
      if (!answer.ok) throw new Error(JSON.stringify(told));
      return told;
    };
    const { announcement } = await send('POST', '/api/announcements', { title, clip, transcript: 'Công khai phí và lệ phí.', category: 'disclosure', source: '12/TB-UBND' });
    const area = (await (await fetch('/api/areas')).json()).find(({ parent }) => parent === null).area;
    const start = new Date(Date.now() + 7_200_000).toISOString();
    await send('POST', '/api/schedules', { announcement, areas: [area], volume_pct: 50, later_ms: 900_000, rule: { kind: 'once', start } });
    await send('POST', `/api/announcements/${announcement}/submit`, { confirmed: true, comment: 'Nhờ anh duyệt' });
    return announcement;
  }, { title, clip });
}

test('the author is told that somebody else must approve, and the chairman does', async () => {
  const editor = await ward.openAs('ha', '/approvals');
  await editor.waitForSelector('.card:has-text("Không có thông báo nào chờ duyệt")');
  // The chairman looks at something else, on a desk and on a telephone.
  const desk = await ward.openAs('chairman', '/');
  const telephone = await ward.openAs('chairman', '/', { width: 390 });
  for (const page of [desk, telephone]) await page.waitForSelector('.connection.live');
  assert.equal(await desk.locator('nav .count').count(), 0);
  const id = await disclose(editor, 'Phí chứng thực');
  await editor.goto(`${ward.base}/#/approvals/${id}`);
  await editor.waitForSelector('.banner:has-text("người khác phải duyệt")');
  await desk.getByRole('link', { name: 'Duyệt, 1 chờ', exact: true }).and(desk.locator(':has(.count[data-count="1"])')).waitFor();
  const more = telephone.getByRole('button', { name: 'Thêm – Duyệt, 1 chờ', exact: true });
  await more.click();
  await telephone.getByRole('menuitem', { name: 'Duyệt, 1 chờ' }).waitFor();
  await checkFit(telephone, 'the menu with what waits');
  await telephone.keyboard.press('Escape');
  await telephone.waitForFunction(() => document.activeElement?.matches('nav button'));
  assert.equal(await editor.locator('nav .count').count(), 0);
  assert.equal(await editor.locator('button:has-text("Duyệt")').count(), 0);
  const refused = await editor.evaluate(async (of) => (await fetch(`/api/announcements/${of}/approve`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' })).status, id);
  assert.equal(refused, 403);
  assert.deepEqual(editor.troubles, []);

  // Who may not approve gets to read it, and no button.
  await ward.hire('lan', 'editor', 'Biên tập viên khác');
  const other = await ward.openAs('lan', `/approvals/${id}`);
  await other.waitForSelector('.banner:has-text("chờ người có quyền duyệt")');
  assert.equal(await other.locator('button:has-text("Duyệt")').count(), 0);
  assert.deepEqual(other.troubles, []);

  const chairman = await ward.openAs('chairman', '/approvals');
  await chairman.click(`a[href="#/approvals/${id}"]`);
  await chairman.waitForSelector('.approvals-words:has-text("Công khai phí và lệ phí.")');
  await chairman.waitForSelector('text=12/TB-UBND');
  await chairman.waitForSelector('li:has-text("Một lần")');
  await chairman.waitForSelector('li:has-text("Nhờ anh duyệt")');
  await chairman.waitForSelector('.approvals-effect:has-text("Phát 1 lượt"):has-text("Không lịch nào khác bị ảnh hưởng")');
  await checkFit(chairman, 'one that waits');
  await chairman.click('button:has-text("Duyệt")');
  await chairman.waitForSelector('.said.good:has-text("Đã duyệt “Phí chứng thực”")');
  assert.equal((await ward.api('GET', `/api/announcements/${id}`)).state, 'approved');
  assert.deepEqual(chairman.troubles, []);
  for (const page of [desk, telephone]) {
    await page.waitForSelector('nav .count', { state: 'detached' });
    assert.deepEqual(page.troubles, []);
    await page.context().close();
  }
  // Whoever still looks at it sees that it is over.
  await editor.waitForSelector('.card:has-text("không còn chờ duyệt")');
});

test('what is given back needs a word, which its author reads', async () => {
  const editor = await ward.openAs('ha', '/approvals');
  const chairman = await ward.openAs('chairman', '/approvals');
  const id = await disclose(editor, 'Lịch tiếp công dân');
  await chairman.click(`a[href="#/approvals/${id}"]`);
  await chairman.click('button:has-text("Trả lại")');
  await chairman.waitForSelector('.said.bad:has-text("Ghi lý do trả lại")');
  await chairman.fill('textarea[name=comment]', 'Ghi rõ ngày tiếp dân');
  await chairman.reload();
  await chairman.waitForFunction(() => document.querySelector('textarea[name=comment]')?.value === 'Ghi rõ ngày tiếp dân');
  await chairman.click('button:has-text("Trả lại")');
  await chairman.waitForSelector('.said.good:has-text("Đã trả lại")');
  const told = await ward.api('GET', `/api/announcements/${id}`);
  assert.equal(told.state, 'returned');
  assert.ok((await ward.api('GET', `/api/announcements/${id}/steps`)).some(({ comment }) => comment === 'Ghi rõ ngày tiếp dân'));
  assert.deepEqual([...chairman.troubles, ...editor.troubles], []);
});
