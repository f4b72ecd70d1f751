// The page for residents: the programme, what was aired, a complaint, a mark. docs/residents.md
const texts = {
  vi: {
    title: (ward) => `Loa truyền thanh ${ward}`, other: 'English', loading: 'Đang tải…', trouble: 'Không tải được. Kiểm tra mạng rồi tải lại trang.',
    complaint_title: 'Góp ý về loa', kind: 'Loa thế nào?', too_loud: 'Quá to', not_heard: 'Không nghe được', broken: 'Hỏng, rè, ồn', other_kind: 'Ý kiến khác',
    when: 'Lúc nào?', now: 'Ngay bây giờ', where: 'Ở đâu?', whole: 'Cả phường', more: 'Muốn nói thêm (không bắt buộc)',
    no_names: 'Không cần tên, số điện thoại. Đừng viết thông tin của người khác.', send: 'Gửi',
    sent: 'Đã nhận. Cảm ơn ông/bà.', sent_matched: 'Đã nhận, kèm lần phát lúc đó. Cảm ơn ông/bà.', choose: 'Chọn một ý trước khi gửi.',
    programme_title: 'Lịch phát hôm nay và tuần này', calendar: 'Đưa lịch này vào điện thoại (.ics)', nothing: 'Chưa có lịch phát.',
    aired_title: 'Đã phát, nghe lại', feed: 'Theo dõi qua RSS', nothing_aired: 'Chưa phát gì.', read: 'Đọc lại', show_more: 'Xem thêm', nameless: 'Thông báo',
    loudspeakers: (n) => `${n} loa`, minutes: (m) => `${m} phút`,
    satisfaction_title: 'Ý kiến quý này', satisfaction_question: 'Ông/bà có hài lòng với loa truyền thanh không?',
    marks: ['Rất không hài lòng', 'Không hài lòng', 'Bình thường', 'Hài lòng', 'Rất hài lòng'], marked: 'Đã ghi nhận ý kiến của ông/bà trong quý này. Cảm ơn.',
    pole: (name, area) => `Loa này: ${name} (${area})`, heard: 'đã phát', unheard: 'không phát được', to_come: 'sẽ phát', no_plays: 'Hôm nay loa này không có lịch phát.',
    contact: (c) => `Cần trả lời: ${c}`,
  },
  en: {
    title: (ward) => `Public address of ${ward}`, other: 'Tiếng Việt', loading: 'Loading…', trouble: 'Cannot load. Check the network and reload the page.',
    complaint_title: 'About a loudspeaker', kind: 'What is it?', too_loud: 'Too loud', not_heard: 'Could not hear', broken: 'Broken, noisy', other_kind: 'Something else',
    when: 'When?', now: 'Right now', where: 'Where?', whole: 'The whole ward', more: 'Anything more (not needed)',
    no_names: 'No name or number is needed. Write nothing about other people.', send: 'Send',
    sent: 'Received. Thank you.', sent_matched: 'Received, with what was then playing. Thank you.', choose: 'Choose one before sending.',
    programme_title: 'Today and this week', calendar: 'Add to your calendar (.ics)', nothing: 'Nothing is planned.',
    aired_title: 'Aired: listen again', feed: 'Follow by RSS', nothing_aired: 'Nothing was aired yet.', read: 'Read', show_more: 'Show more', nameless: 'Announcement',
    loudspeakers: (n) => `${n} loudspeakers`, minutes: (m) => `${m} min`,
    satisfaction_title: 'This quarter', satisfaction_question: 'Are you satisfied with the public address?',
    marks: ['Not at all', 'Not', 'Neither', 'Satisfied', 'Very'], marked: 'Your mark of this quarter is counted. Thank you.',
    pole: (name, area) => `This loudspeaker: ${name} (${area})`, heard: 'aired', unheard: 'could not be aired', to_come: 'to come', no_plays: 'This loudspeaker has nothing to play today.',
    contact: (c) => `For an answer: ${c}`,
  },
};
const kinds = ['too_loud', 'not_heard', 'broken', 'other'];
const shownAtOnce = 10;
const zone = 'Asia/Ho_Chi_Minh';

const byId = (id) => document.getElementById(id);
let language = localStorage.getItem('language') ?? 'vi';
const say = () => texts[language];
const locale = () => (language === 'vi' ? 'vi-VN' : 'en-GB');
const poleId = location.pathname.startsWith('/p/') ? decodeURIComponent(location.pathname.slice(3)) : null;
const state = { ward: null, pole: null, programme: [], aired: [], area: '', shown: shownAtOnce };

function make(tag, attributes = {}, ...children) {
  const element = Object.assign(document.createElement(tag), attributes);
  element.append(...children);
  return element;
}

async function request(path, body) {
  const response = await fetch(path, body === undefined ? {} : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  const answer = response.status === 204 ? null : await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.error[language]), { told: true });
  return answer;
}

const clockOf = (instant) => new Intl.DateTimeFormat(locale(), { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(instant));
const dayOf = (instant) => new Intl.DateTimeFormat(locale(), { timeZone: zone, weekday: 'long', day: 'numeric', month: 'numeric' }).format(new Date(instant));
const timeOf = (instant) => make('time', { dateTime: instant }, clockOf(instant));

function choices(select, areas, whole) {
  const chosen = select.value;
  const depth = (area) => { let n = 0; for (let at = area; at?.parent; n++) at = areas.find((each) => each.area === at.parent); return n; };
  select.replaceChildren(make('option', { value: '' }, whole), ...areas.filter((area) => area.parent).map((area) => make('option', { value: area.area }, ' '.repeat(Math.max(0, depth(area) - 1)) + area.name)));
  select.value = chosen;
}

function radios(fieldset, name, values) {
  const chosen = fieldset.querySelector(':checked')?.value;
  fieldset.querySelectorAll('label').forEach((label) => label.remove());
  for (const [value, words] of values) fieldset.append(make('label', {}, make('input', { type: 'radio', name, value, checked: value === chosen, required: true }), words));
}

function byDay(host, list, item, nothing) {
  host.replaceChildren();
  let day = null;
  let items = null;
  for (const each of list) {
    if (dayOf(each.start) !== day) {
      day = dayOf(each.start);
      items = make('ul');
      host.append(make('h3', {}, day), items);
    }
    items.append(item(each));
  }
  if (list.length === 0) host.append(make('p', {}, nothing));
}

function airedItem(each) {
  const item = make('li', {}, timeOf(each.start), each.title ?? say().nameless, make('div', { className: 'place' }, say().loudspeakers(each.loudspeakers)));
  if (each.transcript) item.append(make('details', {}, make('summary', {}, say().read), make('p', {}, each.transcript)));
  if (each.clip) item.append(make('audio', { controls: true, preload: 'none', src: `/api/public/audio/${each.clip}` }));
  return item;
}

function showPole() {
  if (!state.pole) return;
  byId('pole').hidden = false;
  byId('pole-title').textContent = say().pole(state.pole.name, state.pole.area_name);
  const told = (play) => (play.heard === true ? say().heard : play.heard === false ? say().unheard : new Date(play.start) > new Date() ? say().to_come : '…');
  byId('pole-plays').replaceChildren(...(state.pole.plays.length === 0 ? [make('li', {}, say().no_plays)]
    : state.pole.plays.map((play) => make('li', {}, timeOf(play.start), `${play.title ?? say().nameless} · ${told(play)}`))));
  const begun = state.pole.plays.filter((play) => new Date(play.start) <= new Date()).reverse();
  const select = byId('complaint').elements.heard;
  const chosen = select.value;
  select.replaceChildren(make('option', { value: '' }, say().now), ...begun.map((play) => make('option', { value: play.start }, `${clockOf(play.start)} – ${play.title ?? say().nameless}`)));
  select.value = chosen;
  byId('when-label').hidden = begun.length === 0;
  byId('area-label').hidden = true;
}

function show() {
  document.documentElement.lang = language;
  document.querySelectorAll('[data-text]').forEach((element) => { element.textContent = say()[element.dataset.text]; });
  byId('language').textContent = say().other;
  radios(byId('kinds'), 'kind', kinds.map((kind) => [kind, say()[kind === 'other' ? 'other_kind' : kind]]));
  radios(byId('marks'), 'mark', say().marks.map((words, i) => [String(i + 1), words]));
  if (!state.ward) return;
  document.title = say().title(state.ward.name);
  byId('ward').textContent = document.title;
  byId('contact').textContent = state.ward.contact ? say().contact(state.ward.contact) : '';
  choices(byId('area'), state.ward.areas, say().whole);
  choices(byId('complaint').elements.area, state.ward.areas, say().whole);
  byDay(byId('programme'), state.programme, (each) => make('li', {}, timeOf(each.start), each.title ?? say().nameless,
    make('div', { className: 'place' }, `${each.areas} · ${say().minutes(Math.max(1, Math.round(each.length_ms / 60000)))}`)), say().nothing);
  byDay(byId('aired'), state.aired.slice(0, state.shown), airedItem, say().nothing_aired);
  byId('more').hidden = state.aired.length <= state.shown;
  const query = state.area ? `?area=${encodeURIComponent(state.area)}` : '';
  byId('calendar').href = `/residents.ics${query}`;
  byId('feed').href = `/residents.rss${query}`;
  if (localStorage.getItem('marked') === state.ward.quarter) thankForMark();
  showPole();
}

function thankForMark() {
  const form = byId('satisfaction');
  form.querySelector('[role="status"]').textContent = say().marked;
  byId('marks').hidden = true;
  form.querySelector('button').hidden = true;
}

async function load() {
  try {
    if (!state.ward) {
      state.ward = await request('/api/public/ward');
      if (poleId) state.pole = await request(`/api/public/nodes/${encodeURIComponent(poleId)}`).catch(() => null);
      state.area = state.pole?.area ?? '';
    }
    const query = state.area ? `?area=${encodeURIComponent(state.area)}` : '';
    [state.programme, state.aired] = await Promise.all([request(`/api/public/programme${query}`), request(`/api/public/aired${query}`)]);
    byId('trouble').hidden = true;
  } catch (error) {
    byId('trouble').textContent = error.told ? error.message : say().trouble;
    byId('trouble').hidden = false;
  }
  show();
  byId('area').value = state.area;
}

async function send(form, path, body, done) {
  const status = form.querySelector('[role="status"]');
  const button = form.querySelector('button');
  button.disabled = true;
  try {
    const answer = await request(path, body);
    status.className = '';
    status.textContent = done(answer);
    return true;
  } catch (error) {
    status.className = 'bad';
    status.textContent = error.told ? error.message : say().trouble;
    return false;
  } finally {
    button.disabled = false;
  }
}

byId('complaint').addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = event.target;
  const given = new FormData(form);
  const body = { kind: given.get('kind'), text: given.get('text').trim() };
  if (state.pole) body.node = state.pole.node;
  else if (given.get('area')) body.area = given.get('area');
  if (given.get('heard')) body.heard = given.get('heard');
  if (await send(form, '/api/public/complaints', body, (taken) => (taken.matched ? say().sent_matched : say().sent))) form.reset();
});
byId('satisfaction').addEventListener('submit', async (event) => {
  event.preventDefault();
  const body = { mark: Number(new FormData(event.target).get('mark')) };
  if (state.area) body.area = state.area;
  if (!(await send(event.target, '/api/public/satisfaction', body, () => say().marked))) return;
  localStorage.setItem('marked', state.ward.quarter);
  thankForMark();
});
byId('area').addEventListener('change', (event) => { state.area = event.target.value; state.shown = shownAtOnce; load(); });
byId('more').addEventListener('click', () => { state.shown += shownAtOnce; show(); });
byId('language').addEventListener('click', () => { language = language === 'vi' ? 'en' : 'vi'; localStorage.setItem('language', language); show(); byId('area').value = state.area; });
show();
load();
