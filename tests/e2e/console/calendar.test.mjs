// The calendar: an occurrence is moved by hand, a move that is refused goes back, and a past play tells how it ended.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { checkFit } from './fit.mjs';
import { Ward } from './ward.mjs';

let ward;
let schedule;
const zone = { timeZone: 'Asia/Ho_Chi_Minh' };
const dayOf = (instant) => new Intl.DateTimeFormat('sv-SE', zone).format(new Date(instant));
// The next Monday that is two days away at least: within what the server foresees, whatever the date.
const monday = (() => {
  const at = new Date(Date.now() + 2 * 86_400_000);
  at.setUTCHours(5, 0, 0, 0);
  at.setUTCDate(at.getUTCDate() + ((8 - at.getUTCDay()) % 7));
  return at;
})();
const later = (days) => dayOf(monday.getTime() + days * 86_400_000);
before(async () => {
  ward = await Ward.start('--ahead', '15');
  const { announcement } = (await ward.api('GET', '/api/announcements')).find(({ title }) => /chúc/.test(title));
  const area = (await ward.api('GET', '/api/areas')).find(({ parent }) => parent === null).area;
  schedule = (await ward.api('POST', '/api/schedules', { announcement, areas: [area], volume_pct: 50, rule: { kind: 'once', start: monday.toISOString() } })).schedule;
});
after(() => ward.stop());

async function openMonth(person = 'operator') {
  const page = await ward.openAs(person, '/calendar');
  await page.waitForSelector('.fc-day');
  // All days that a test touches stand in one view of six weeks, this month's or the next one's.
  if ((await page.locator(`.fc-day[data-date="${later(6)}"]`).count()) === 0) await page.click('button[aria-label="Sau"]');
  await page.waitForSelector(`.fc-day[data-date="${later(6)}"]`);
  await page.waitForSelector('.fc-event');
  return page;
}
async function drag(page, from, to) {
  const start = await page.locator(`.fc-day[data-date="${from}"] .fc-event`).first().boundingBox();
  const end = await page.locator(`.fc-day[data-date="${to}"]`).boundingBox();
  await page.mouse.move(start.x + 12, start.y + 8);
  await page.mouse.down();
  await page.mouse.move(end.x + 30, end.y + 50, { steps: 12 });
  await page.mouse.up();
}

test('lunar dates stand beside the days, and what is dragged is moved once that is confirmed', async () => {
  const page = await openMonth();
  await page.waitForFunction(() => /^\d+\/\d+$/.test(document.querySelector('.calendar-moon')?.textContent ?? ''));
  await checkFit(page, 'a month');
  await drag(page, later(0), later(1));
  await page.waitForSelector('.calendar-effect .good:has-text("Sẽ phát lúc")');
  await checkFit(page, 'before it is moved');
  await page.click('button:has-text("Dời"):not(:has-text("giờ"))');
  await page.waitForSelector('.said.good:has-text("Đã dời")');
  assert.equal(dayOf((await ward.api('GET', `/api/schedules/${schedule}`)).rule.start), later(1));
  await page.waitForSelector(`.fc-day[data-date="${later(1)}"] .fc-event`);
  assert.deepEqual(page.troubles, []);
});

test('a move that is left, or refused, goes back', async () => {
  const page = await openMonth();
  await page.waitForSelector(`.fc-day[data-date="${later(1)}"] .fc-event`);
  await drag(page, later(1), later(2));
  await page.waitForSelector('.calendar-effect');
  await page.keyboard.press('Escape');
  await page.waitForSelector(`.fc-day[data-date="${later(1)}"] .fc-event`);
  assert.equal(await page.locator(`.fc-day[data-date="${later(2)}"] .fc-event`).count(), 0);

  // Quiet hours of the ward's rules: refused with words, and nothing has changed.
  const [rules] = await ward.api('GET', '/api/rules');
  await ward.api('POST', '/api/rules', { decision: '7/QĐ-UBND', rules: { ...(rules?.rules ?? { sessions: [], gap_ms: 2000 }), weekdays: ['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'], quiet: { from: '21:00', until: '05:30' } } }, 'admin');
  await page.click(`.fc-day[data-date="${later(1)}"] .fc-event`);
  await page.click('.sheet button:has-text("Dời giờ")');
  await page.fill('.sheet input[name=time]', '22:00');
  await page.waitForSelector('.sheet .banner:has-text("21:00–05:30")');
  await page.click('.sheet button:has-text("Xem thay đổi")');
  await page.waitForSelector('.sheet .said.bad');
  await page.keyboard.press('Escape');
  assert.equal(dayOf((await ward.api('GET', `/api/schedules/${schedule}`)).rule.start), later(1));

  // Dragged to a weekday on which nothing may sound: told why, not to be saved, and back in its place.
  const set = (weekdays) => ward.api('POST', '/api/rules', { decision: '8/QĐ-UBND', rules: { ...(rules?.rules ?? { sessions: [], gap_ms: 2000 }), weekdays } }, 'admin');
  await set(['mo', 'tu', 'we', 'fr', 'sa', 'su']);
  await drag(page, later(1), later(3));
  await page.waitForSelector('.sheet .said.bad');
  assert.match(await page.textContent('.sheet .said.bad'), /quy (định|chế)|ngày|thứ/i);
  assert.equal(await page.inputValue('.sheet input[name=day]'), later(3));
  assert.match(await page.textContent('.sheet button[type=submit]'), /Xem thay đổi/);
  await page.keyboard.press('Escape');
  await page.waitForSelector(`.fc-day[data-date="${later(1)}"] .fc-event`);
  assert.equal(await page.locator(`.fc-day[data-date="${later(3)}"] .fc-event`).count(), 0);
  assert.equal(dayOf((await ward.api('GET', `/api/schedules/${schedule}`)).rule.start), later(1));
  await set(['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su']);
  assert.deepEqual(page.troubles, []);
});

test('a day shows when nothing may sound, as a week does', async () => {
  const [rules] = await ward.api('GET', '/api/rules');
  await ward.api('POST', '/api/rules', { decision: '9/QĐ-UBND', rules: { ...rules.rules, quiet: { from: '20:30', until: '06:00' } } }, 'admin');
  const page = await ward.openAs('operator', '/calendar');
  for (const view of ['Tuần', 'Ngày']) {
    await page.click(`button:text-is("${view}")`);
    await page.waitForSelector(view === 'Ngày' ? '.fc-timeGridDay-view .calendar-quiet' : '.fc-timeGridWeek-view .calendar-quiet');
  }
  await checkFit(page, 'a day');
  await ward.api('POST', '/api/rules', { decision: '10/QĐ-UBND', rules: rules.rules }, 'admin');
  assert.deepEqual(page.troubles, []);
});

test('campaigns beyond the first twenty are shown when asked for', async () => {
  const { announcement, areas } = await ward.api('GET', `/api/schedules/${schedule}`);
  for (let at = 1; at <= 21; at++)
    await ward.api('POST', '/api/campaigns', { kind: 'rotation', title: `Chiến dịch ${at}`, announcements: [announcement], areas, volume_pct: 40, rule: { kind: 'recurring', start: `${later(60)}T${String(6 + (at % 12)).padStart(2, '0')}:${at < 12 ? '00' : '30'}`, rrules: ['FREQ=DAILY;COUNT=1'] } });
  const page = await ward.openAs('operator', '/calendar');
  const shown = page.locator('[aria-labelledby=calendar-campaigns] details');
  await page.click('button:text-is("Xem thêm (còn 1)")');
  await page.waitForFunction(() => document.querySelectorAll('[aria-labelledby=calendar-campaigns] details').length === 21);
  assert.equal(await shown.filter({ hasText: 'Chiến dịch 1' }).first().count(), 1);
  assert.equal(await page.locator('button:has-text("Xem thêm (còn")').count(), 0);
  assert.deepEqual(page.troubles, []);
});

test('one of a series is moved by itself', async () => {
  const { announcement, areas } = await ward.api('GET', `/api/schedules/${schedule}`);
  const daily = (await ward.api('POST', '/api/schedules', { announcement, areas, volume_pct: 50, rule: { kind: 'recurring', start: `${later(4)}T09:00`, rrules: ['FREQ=DAILY;COUNT=3'] } })).schedule;
  const page = await openMonth();
  await page.click(`.fc-day[data-date="${later(5)}"] .fc-event`);
  await page.click('.sheet button:has-text("Dời giờ")');
  await page.fill('.sheet input[name=time]', '10:30');
  await page.click('.sheet button:has-text("Xem thay đổi")');
  await page.waitForSelector('.calendar-effect .good:has-text("10:30")');
  await page.click('.sheet button[type=submit]');
  await page.waitForSelector('.said.good:has-text("Đã dời")');
  assert.deepEqual((await ward.api('GET', `/api/schedules/${daily}`)).rule.moved, [{ from: `${later(5)}T09:00:00`, to: `${later(5)}T10:30:00` }]);
  assert.deepEqual(page.troubles, []);
});

test('a past play tells how it ended at each loudspeaker', async () => {
  const page = await ward.openAs('operator', '/calendar');
  await page.click('button:has-text("Ngày")');
  await page.click('.calendar-line:has-text("Lời chúc")', { timeout: 60_000 });
  await page.waitForFunction(() => [...document.querySelectorAll('.calendar-outcomes li')].filter((line) => /Đã phát/.test(line.textContent)).length === 3, null, { timeout: 120_000 });
  await checkFit(page, 'a past play');
  assert.match(await page.textContent('.calendar-outcomes'), /nghe được 0:2\d/);
  assert.deepEqual(page.troubles, []);
});
