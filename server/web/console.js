// The console's first page: what every loudspeaker says, what comes next, how it ended, and STOP.
const texts = {
  vi: {
    title: 'Loa – Phường Phù Liễn', nodes: 'Loa', next: 'Lịch phát hôm nay và ngày mai', outcomes: 'Kết quả', stop_title: 'Dừng khẩn',
    stop: 'DỪNG TẤT CẢ', stop_sure: 'Chạm lần nữa để dừng', stopped: (n) => `Đã gửi lệnh dừng đến ${n} loa.`,
    connected: 'Đang cập nhật', lost: 'Mất kết nối với máy chủ – đang thử lại', 
    sign_in: 'Đăng nhập', sign_out: 'Thoát', person: 'Tên đăng nhập', password: 'Mật khẩu', digits: '6 số trên ứng dụng xác thực',
    invited: 'Có lời mời', code: 'Mã lời mời', new_password: 'Mật khẩu mới (ít nhất 10 ký tự)', set_password: 'Đặt mật khẩu',
    password_set: 'Đã đặt mật khẩu. Đăng nhập bằng tên và mật khẩu mới.', factor: 'Xác thực hai bước',
    factor_how: 'Thêm mã này vào ứng dụng xác thực trên điện thoại, rồi nhập 6 số mà ứng dụng hiện.', factor_link: 'Mở ứng dụng xác thực', confirm: 'Xác nhận',
    node: 'Loa', name: 'Tên', state: 'Trạng thái', clips: 'Âm thanh', clock: 'Đồng hồ', playing: 'Đang phát',
    due: 'Đến giờ', announcement: 'Thông báo', fate: 'Sẽ thế nào', why: 'Vì sao', planned: 'Giờ phát', result: 'Kết quả', heard: 'Nghe được (giây)',
    error: 'Lệch (ms)', loudness: 'LUFS', ready: 'Sẵn sàng', stale: 'Chưa nhận kế hoạch mới', offline: 'Mất liên lạc',
    unseen: 'Chưa từng kết nối', none: 'Chưa có', other: 'English',
    verdicts: { plays: 'Phát', shifted: 'Dời đến', shortened: 'Rút ngắn', cancelled: 'Không phát' },
    test: 'Thử loa', testing: 'Đang thử…',
    approvals: 'Chờ duyệt', approve: 'Duyệt', give_back: 'Trả lại', comment: 'Ý kiến (trả lại thì phải ghi)', by: (name) => `người soạn: ${name}`, plays: (n) => `${n} lịch phát chờ theo`,
    complaints: 'Phản ánh của người dân', settle: 'Ghi kết quả', done_about: 'Đã làm gì', ward: 'Cả phường', no_play: 'lúc đó loa không có lịch phát',
    kinds: { too_loud: 'Quá to', not_heard: 'Không nghe được', broken: 'Hỏng, rè, ồn', other: 'Ý kiến khác' },
    results: { played: 'Đã phát', late: 'Phát trễ', partial: 'Phát dở', stopped: 'Bị dừng', missed: 'Không phát' },
    reminders: 'Nhắc lời chúc của Chủ tịch', month: '30 ngày tới', no_reminders: 'Không có ngày lễ lớn nào trong những ngày tới.',
    weekdays: ['Thứ Hai', 'Thứ Ba', 'Thứ Tư', 'Thứ Năm', 'Thứ Sáu', 'Thứ Bảy', 'Chủ nhật'],
    plays_silent: (plays, silent) => `${plays} lượt${silent ? `, ${silent} không phát` : ''}`,
    remind_on: (date) => `nhắc từ ${date}`, off: 'nghỉ', moon: (lunar) => `${lunar.day}/${lunar.month}${lunar.leap ? ' nhuận' : ''} âm lịch`,
    reasons: {
      joined_late: 'vào sau giờ', node_restarted: 'loa khởi động lại', output_failed: 'lỗi âm thanh', output_busy: 'loa đang bận',
      stop_order: 'lệnh dừng', cancelled: 'lịch đã hủy', node_off: 'loa tắt', plan_late: 'nhận kế hoạch muộn',
      clip_missing: 'thiếu âm thanh', chime_missing: 'không có nhạc hiệu', clip_damaged: 'âm thanh hỏng', clock_unknown: 'không rõ giờ', no_report: 'không có báo cáo',
    },
  },
  en: {
    title: 'Loa – Phù Liễn ward', nodes: 'Loudspeakers', next: 'Today and tomorrow', outcomes: 'Outcomes', stop_title: 'Emergency stop',
    stop: 'STOP ALL', stop_sure: 'Touch again to stop', stopped: (n) => `${n} loudspeakers were told to stop.`,
    connected: 'Live', lost: 'No connection to the server – trying again', 
    sign_in: 'Sign in', sign_out: 'Sign out', person: 'Name', password: 'Password', digits: 'Six digits of the authenticator',
    invited: 'I have an invitation', code: 'Code of the invitation', new_password: 'New password (at least 10 characters)', set_password: 'Set the password',
    password_set: 'The password is set. Sign in with it.', factor: 'Second factor',
    factor_how: 'Add this secret to an authenticator on your telephone, then type the six digits it shows.', factor_link: 'Open the authenticator', confirm: 'Confirm',
    node: 'Node', name: 'Name', state: 'State', clips: 'Clips', clock: 'Clock', playing: 'Sounding',
    due: 'Due', announcement: 'Announcement', fate: 'What becomes of it', why: 'Why', planned: 'Planned', result: 'Outcome', heard: 'Heard (s)',
    error: 'Error (ms)', loudness: 'LUFS', ready: 'Ready', stale: 'Holds an old plan', offline: 'Offline',
    unseen: 'Never seen', none: 'None yet', other: 'Tiếng Việt',
    verdicts: { plays: 'Plays', shifted: 'Moved to', shortened: 'Shortened', cancelled: 'Does not play' },
    test: 'Test', testing: 'Testing…',
    approvals: 'For your approval', approve: 'Approve', give_back: 'Give back', comment: 'Comment (needed to give back)', by: (name) => `by ${name}`, plays: (n) => `${n} schedules wait with it`,
    complaints: 'What residents say', settle: 'Settle', done_about: 'What was done', ward: 'The whole ward', no_play: 'nothing was to play then',
    kinds: { too_loud: 'Too loud', not_heard: 'Not heard', broken: 'Broken', other: 'Other' },
    results: { played: 'Played', late: 'Late', partial: 'Partial', stopped: 'Stopped', missed: 'Missed' },
    reminders: "The chairman's greetings", month: 'The next 30 days', no_reminders: 'No great day in the days to come.',
    weekdays: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
    plays_silent: (plays, silent) => `${plays} plays${silent ? `, ${silent} silent` : ''}`,
    remind_on: (date) => `reminder from ${date}`, off: 'day off', moon: (lunar) => `lunar ${lunar.day}/${lunar.month}${lunar.leap ? ' leap' : ''}`,
    reasons: {},
  },
};

const pollEveryMs = 2000;
const sureForMs = 5000;
const byId = (id) => document.getElementById(id);

let me = null;  // who is signed in
let language = localStorage.getItem('language') ?? 'vi';
const say = () => texts[language];

async function request(path, options = {}) {
  const response = await fetch(path, { ...options, headers: options.body ? { 'Content-Type': 'application/json' } : {} });
  const body = response.status === 204 ? null : await response.json();
  if (response.ok) return body;
  // The session is over, or was ended elsewhere.
  if (response.status === 401 && me) showDoor(null);
  throw Object.assign(new Error(body?.error?.[language] ?? response.statusText), { code: body?.error?.code });
}

// --- signing in: docs/people.md §2

const isAtDesk = () => me !== null && !me.second_factor_first;
// What a group lead has no part in is not asked for.
const ofTheWard = (path) => (me.role === 'group_lead' ? Promise.resolve([]) : request(path));

function showDoor(person) {
  me = person;
  byId('desk').hidden = !isAtDesk();
  byId('door').hidden = isAtDesk();
  byId('sign-in').hidden = me !== null;
  document.querySelector('#door details').hidden = me !== null;
  byId('factor').hidden = !me?.second_factor_first;
  byId('sign-out').hidden = me === null;
  byId('who').textContent = me?.name ?? '';
  byId('stop').hidden = !['chairman', 'operator'].includes(me?.role);
  byId('connection').textContent = '';
}

async function enter(person) {
  showDoor(person);
  if (isAtDesk()) {
    poll();
    pollMonth();
    pollWaiting();
  } else if (me?.second_factor_first) {
    const factor = await request('/api/me/second_factor', { method: 'POST' });
    byId('factor-link').href = factor.uri;
    // Drawn here: a page may load no picture from anywhere else than the server's files.
    byId('factor-picture').replaceChildren(document.importNode(new DOMParser().parseFromString(factor.picture, 'image/svg+xml').documentElement, true));
    byId('factor-secret').textContent = factor.secret.match(/.{1,4}/g).join(' ');
  }
}

// Sends what a form holds and says below it what the server makes of that.
function onSubmit(id, send) {
  byId(id).addEventListener('submit', async (event) => {
    event.preventDefault();
    const form = event.target;
    const told = form.querySelector('[role=alert]');
    const button = form.querySelector('[type=submit]');
    button.disabled = true;
    told.textContent = '';
    try {
      await send(Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== '')), form, told);
    } catch (error) {
      told.className = 'bad';
      told.textContent = error instanceof TypeError ? say().lost : error.message;
    }
    button.disabled = false;
  });
}

onSubmit('sign-in', async (values, form) => {
  try {
    const person = await request('/api/session', { method: 'POST', body: JSON.stringify(values) });
    form.reset();
    byId('digits-label').hidden = true;
    await enter(person);
  } catch (error) {
    if (error.code === 'session.digits_needed') {
      byId('digits-label').hidden = false;
      form.elements.digits.focus();
    }
    throw error;
  }
});
onSubmit('invitation', async (values, form, told) => {
  const person = await request('/api/invitation', { method: 'POST', body: JSON.stringify(values) });
  form.reset();
  told.className = 'good';
  told.textContent = say().password_set;
  byId('sign-in').elements.person.value = person.person;
});
onSubmit('factor', async (values, form) => {
  await request('/api/me/second_factor/confirm', { method: 'POST', body: JSON.stringify(values) });
  form.reset();
  await enter(await request('/api/me'));
});
byId('sign-out').addEventListener('click', async () => {
  await request('/api/session', { method: 'DELETE' });
  showDoor(null);
});

function cell(text, className = '') {
  const td = document.createElement('td');
  td.textContent = text ?? '–';
  td.className = className;
  return td;
}

function fill(table, heads, rows) {
  const head = document.createElement('tr');
  for (const text of heads) {
    const th = document.createElement('th');
    th.scope = 'col';
    th.textContent = text;
    head.append(th);
  }
  const lines = rows.map((cells) => {
    const tr = document.createElement('tr');
    tr.append(...cells);
    return tr;
  });
  if (lines.length === 0) {
    const tr = document.createElement('tr');
    const td = cell(say().none);
    td.colSpan = heads.length;
    tr.append(td);
    lines.push(tr);
  }
  table.replaceChildren(head, ...lines);
}

function stateOf(node) {
  if (!node.report) return [say().unseen, 'wait'];
  if (!node.report.online) return [say().offline, 'bad'];
  // Green only for the current plan and a clock that agrees: a stale loudspeaker must never look well.
  if (!node.report.holds_current_plan || node.report.clock_state !== 'synced') return [say().stale, 'wait'];
  return [say().ready, 'good'];
}

// Tests that were ordered here and whose result has not come: node → id of the test, or why it was refused.
const tests = new Map();

// A button that sounds the test tone, and what became of the last one.
function testCell(node) {
  const td = cell('');
  const button = document.createElement('button');
  const result = document.createElement('span');
  const last = node.report?.health?.test;
  const ordered = tests.get(node.node);
  if (last && ordered?.test === last.test) tests.delete(node.node);
  const waiting = tests.get(node.node);
  button.type = 'button';
  button.textContent = say().test;
  button.setAttribute('aria-label', `${say().test} ${node.name}`);
  button.disabled = !node.report?.online || Boolean(waiting?.test);
  button.hidden = me.role !== 'operator';
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      tests.set(node.node, await request(`/api/nodes/${node.node}/test`, { method: 'POST', body: '{}' }));
    } catch (error) {
      tests.set(node.node, { refusal: error instanceof TypeError ? say().lost : error.message });
    }
    poll();
  });
  if (waiting) {
    result.textContent = waiting.test ? say().testing : waiting.refusal;
    result.className = waiting.test ? 'wait' : 'bad';
  } else if (last) {
    result.textContent = `${at(last.at ?? node.report.seen)}: ${last.advice[language]}`;
    result.className = { ok: 'good', no_monitor: 'good', weak: 'wait', refused: 'wait' }[last.verdict] ?? 'bad';
  }
  td.append(button, ' ', result);
  return td;
}

const at = (instant) => new Date(instant).toLocaleString(language === 'vi' ? 'vi-VN' : 'en-GB', { timeZone: 'Asia/Ho_Chi_Minh' });
const day = (instant) => new Date(instant).toLocaleDateString('sv-SE', { timeZone: 'Asia/Ho_Chi_Minh' });
const fixed = (value, digits) => (value === null ? null : value.toFixed(digits));

function showFates(table, fates) {
  const t = say();
  fill(table, [t.due, t.announcement, t.fate, t.why], fates.map((fate) => [
    cell(at(fate.due)), cell(fate.title),
    cell(t.verdicts[fate.verdict] + (fate.verdict === 'shifted' ? ` ${at(fate.start)}` : ''), fate.verdict === 'plays' ? 'good' : 'wait'),
    cell(fate.why?.[language] ?? '')]));
}

function show(alarms, nodes, fates, outcomes) {
  const t = say();
  byId('alarms').replaceChildren(...alarms.map((alarm) => {
    const item = document.createElement('li');
    item.textContent = alarm[language];
    item.className = 'bad';
    return item;
  }));
  fill(byId('nodes'), [t.node, t.name, t.state, t.clips, t.clock, t.playing, t.test], nodes.map((node) => {
    const said = node.report;
    return [cell(node.node), cell(node.name), cell(...stateOf(node)), cell(said && `${said.clips_ready}/${said.clips_wanted}`),
      cell(said && `${said.clock_state} ${said.clock_error_ms === null ? '' : `±${said.clock_error_ms.toFixed(1)} ms`}`),
      cell(said?.playing, said?.playing ? 'good' : ''), testCell(node)];
  }));
  showFates(byId('schedules'), fates.slice(0, 100));
  fill(byId('outcomes'), [t.planned, t.node, t.result, t.error, t.heard, t.loudness], outcomes.slice(0, 50).map((outcome) => {
    const reason = outcome.reason === '' ? '' : `: ${t.reasons[outcome.reason] ?? outcome.reason}`;
    return [cell(at(outcome.planned)), cell(outcome.node),
      cell(`${t.results[outcome.result]}${reason}`, outcome.result === 'played' ? 'good' : 'bad'),
      cell(fixed(outcome.start_error_ms, 2), 'number'), cell((outcome.heard_ms / 1000).toFixed(1), 'number'),
      cell(fixed(outcome.loudness_lufs, 1), 'number')];
  }));
}

// --- the next 30 days, and what the chairman is reminded of

const monthEveryMs = 60_000;
const dayMs = 86_400_000;
let month = { days: [], fates: new Map() };  // by day of the ward's calendar
let chosenDay = null;

// 2026-11-24 → 24/11: as people say it.
const spoken = (date) => `${Number(date.slice(8))}/${Number(date.slice(5, 7))}`;

function showReminders(reminders) {
  const t = say();
  const items = reminders.map((reminder) => {
    const item = document.createElement('li');
    item.textContent = `${reminder.message[language]} (${reminder.lunar[language]}) – ${t.remind_on(spoken(reminder.day))}`;
    item.className = { due: 'bad', upcoming: 'wait', done: 'good' }[reminder.state];
    return item;
  });
  if (items.length === 0) {
    const item = document.createElement('li');
    item.textContent = t.no_reminders;
    items.push(item);
  }
  byId('reminders').replaceChildren(...items);
}

function line(text, className) {
  const span = document.createElement('span');
  span.textContent = text;
  span.className = className;
  return span;
}

function dayCell(date) {
  const t = say();
  const td = document.createElement('td');
  const fates = month.fates.get(date.day) ?? [];
  const silent = fates.filter((fate) => fate.verdict === 'cancelled').length;
  const button = document.createElement('button');
  button.type = 'button';
  button.setAttribute('aria-pressed', String(date.day === chosenDay));
  button.title = date.lunar[language];
  button.append(line(spoken(date.day), 'date'), line(t.moon(date.lunar), 'moon'));
  for (const holiday of date.holidays) if (holiday.in_force) button.append(line(holiday[language], 'holiday'));
  if (date.off) button.append(line(t.off, 'off'));
  if (fates.length > 0) button.append(line(t.plays_silent(fates.length - silent, silent), silent > 0 ? 'wait' : 'good'));
  button.addEventListener('click', () => {
    chosenDay = date.day;
    showMonth();
  });
  td.append(button);
  return td;
}

function showMonth() {
  const t = say();
  if (month.days.length === 0) return;
  const chosen = month.days.find((date) => date.day === chosenDay) ?? month.days[0];
  chosenDay = chosen.day;
  // Cells before the first day fill up its week, which begins on Monday.
  const before = (new Date(`${month.days[0].day}T00:00:00Z`).getUTCDay() + 6) % 7;
  const cells = [...Array.from({ length: before }, () => cell('')), ...month.days.map(dayCell)];
  const weeks = [];
  for (let i = 0; i < cells.length; i += 7) weeks.push(cells.slice(i, i + 7));
  fill(byId('month'), t.weekdays, weeks);
  byId('day-title').textContent = `${spoken(chosen.day)} – ${chosen.lunar[language]}`;
  showFates(byId('day'), month.fates.get(chosen.day) ?? []);
}

async function pollMonth() {
  if (!isAtDesk()) return;
  const days = `from=${day(Date.now())}&to=${day(Date.now() + 30 * dayMs)}`;
  try {
    const [dates, fates, reminders] = await Promise.all(
      [request(`/api/calendar?${days}`), request(`/api/explain?${days}`), ofTheWard('/api/reminders')]);
    month = { days: dates, fates: new Map() };
    for (const date of dates) month.fates.set(date.day, []);
    for (const fate of fates) month.fates.get(day(fate.due))?.push(fate);
    showMonth();
    showReminders(reminders);
  } catch {
    // poll() says what is wrong with the connection.
  }
}

// --- what waits for the one who is signed in: approvals, and what residents said

const waitingEveryMs = 15_000;

function make(tag, attributes, ...children) {
  const element = Object.assign(document.createElement(tag), attributes);
  element.append(...children);
  return element;
}

// One thing that waits, with a word to be written and what can be done with it. `acts`: what a button says → path.
function waitingItem(content, wordLabel, acts, field) {
  const word = make('input', { type: 'text', maxLength: 300 });
  const told = make('p', { className: 'bad' });
  told.setAttribute('role', 'alert');
  const buttons = acts.map(([says, path]) => {
    const button = make('button', { type: 'button' }, says);
    button.addEventListener('click', async () => {
      button.disabled = true;
      try {
        await request(path, { method: 'POST', body: JSON.stringify({ [field]: word.value }) });
        word.blur();
        word.value = '';
        await pollWaiting();
      } catch (error) {
        told.textContent = error instanceof TypeError ? say().lost : error.message;
      }
      button.disabled = false;
    });
    return button;
  });
  return make('li', {}, ...content, make('div', { className: 'acts' }, make('label', {}, make('span', {}, wordLabel), word), ...buttons), told);
}

// What is being written is not taken from under the hand.
function showWaiting(name, things, item) {
  const list = byId(name);
  byId(`${name}-section`).hidden = things.length === 0;
  const shown = JSON.stringify([language, things]);
  if (list.dataset.shown === shown || [...list.querySelectorAll('input')].some((input) => input.value || input === document.activeElement)) return;
  list.dataset.shown = shown;
  list.replaceChildren(...things.map(item));
}

async function pollWaiting() {
  if (!isAtDesk()) return;
  const decides = ['chairman', 'editor', 'operator'].includes(me.role);
  const settles = decides || me.role === 'group_lead';
  try {
    const [approvals, complaints] = await Promise.all([
      decides ? request('/api/approvals') : [], settles ? request('/api/complaints?state=open&limit=50') : []]);
    showWaiting('approvals', approvals, (each) => waitingItem([
      make('strong', {}, each.title), make('p', {}, [each.source, say().by(each.author ?? '–'), say().plays(each.schedules.length)].filter(Boolean).join(' · ')),
      make('p', {}, each.transcript), make('audio', { controls: true, preload: 'none', src: `/clips/${each.clip}` })],
    say().comment, [[say().approve, `/api/announcements/${each.announcement}/approve`], [say().give_back, `/api/announcements/${each.announcement}/return`]], 'comment'));
    showWaiting('complaints', complaints, (each) => waitingItem([
      make('strong', {}, `${say().kinds[each.kind]} · ${each.node ?? each.area ?? say().ward} · ${at(each.heard)}`), make('p', {}, each.text),
      make('p', {}, each.about ? `${at(each.about.start)} ${each.about.title}: ${say().results[each.about.result] ?? '…'} ${say().reasons[each.about.reason] ?? each.about.reason}` : each.node ? say().no_play : '')],
    say().done_about, [[say().settle, `/api/complaints/${each.complaint}/settle`]], 'note'));
  } catch {
    // poll() says what is wrong with the connection.
  }
}

function label() {
  document.documentElement.lang = language;
  document.title = say().title;
  for (const element of document.querySelectorAll('[data-text]')) element.textContent = say()[element.dataset.text];
  byId('language').textContent = say().other;
  byId('stop').textContent = say().stop;
}

async function poll() {
  if (!isAtDesk()) return;
  const connection = byId('connection');
  try {
    const days = `from=${day(Date.now())}&to=${day(Date.now() + 86_400_000)}`;
    show(...await Promise.all([ofTheWard('/api/alarms'), request('/api/nodes'), request(`/api/explain?${days}`), request('/api/outcomes?limit=50')]));
    connection.textContent = say().connected;
    connection.className = 'good';
  } catch (error) {
    connection.textContent = error instanceof TypeError ? say().lost : error.message;
    connection.className = 'bad';
  }
}

let sureUntil = 0;
byId('stop').addEventListener('click', async () => {
  if (Date.now() > sureUntil) {
    sureUntil = Date.now() + sureForMs;
    byId('stop').textContent = say().stop_sure;
    setTimeout(() => { byId('stop').textContent = say().stop; }, sureForMs);
    return;
  }
  sureUntil = 0;
  byId('stop').textContent = say().stop;
  try {
    const nodes = (await request('/api/nodes')).map((node) => node.node);
    const told = await request('/api/stop', { method: 'POST', body: JSON.stringify({ nodes, why: 'console' }) });
    byId('stop-result').textContent = say().stopped(told.nodes.length);
  } catch (error) {
    byId('stop-result').textContent = error instanceof TypeError ? say().lost : error.message;
  }
});
byId('language').addEventListener('click', () => {
  language = language === 'vi' ? 'en' : 'vi';
  localStorage.setItem('language', language);
  label();
  poll();
  pollMonth();
  pollWaiting();
});

label();
request('/api/me').then(enter, () => showDoor(null));
setInterval(poll, pollEveryMs);
setInterval(pollMonth, monthEveryMs);
setInterval(pollWaiting, waitingEveryMs);
