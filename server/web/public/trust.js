// How a telephone learns to trust the ward's own authority. Plain files: this page is read before the console can be.
const texts = {
  vi: {
    title: 'Tin cậy máy chủ Loa', other: 'English', get: '1. Tải chứng chỉ của phường',
    why: 'Máy chủ của phường tự cấp chứng chỉ, nên điện thoại mới chưa biết nó. Làm ba bước này một lần trên mỗi máy; sau đó trình duyệt không cảnh báo nữa và micrô dùng được.',
    ios1: 'Bấm “Tải chứng chỉ của phường” ở trên, chọn Cho phép.', ios2: 'Cài đặt → Cài đặt chung → VPN & Quản lý thiết bị → hồ sơ “Loa…” → Cài đặt.', ios3: 'Cài đặt → Cài đặt chung → Giới thiệu → Cài đặt tin cậy chứng nhận → bật “Loa…”.',
    android1: 'Bấm “Tải chứng chỉ của phường” ở trên.', android2: 'Cài đặt → Bảo mật → Mã hóa và thông tin đăng nhập → Cài đặt chứng chỉ → Chứng chỉ CA → vẫn cài đặt → chọn tệp vừa tải.', android3: 'Mở lại trang Loa bằng Chrome.',
    desk: 'Máy tính', desk1: 'Bấm “Tải chứng chỉ của phường” ở trên.', desk2: 'Windows: mở tệp → Cài đặt chứng chỉ → Máy cục bộ → “Cơ quan chứng nhận gốc đáng tin cậy”. Firefox: Cài đặt → Chứng chỉ → Nhập.', desk3: 'Đóng và mở lại trình duyệt.',
    compare: 'Trước khi cài, so dãy này với tờ giấy dán ở máy chủ của phường (lệnh openssl x509 -in authority.pem -noout -fingerprint -sha256). Khác một ký tự thì không cài và báo quản trị.', console: 'Về trang Loa',
    none: 'Máy chủ này dùng chứng chỉ công cộng: không cần làm gì.',
  },
  en: {
    title: 'Trust the Loa server', other: 'Tiếng Việt', get: '1. Fetch the ward’s certificate',
    why: 'The ward’s server vouches for itself, so a new telephone does not know it yet. Do these three steps once on each device; then the browser warns no more and the microphone can be used.',
    ios1: 'Touch “Fetch the ward’s certificate” above and allow it.', ios2: 'Settings → General → VPN & Device Management → profile “Loa…” → Install.', ios3: 'Settings → General → About → Certificate Trust Settings → switch “Loa…” on.',
    android1: 'Touch “Fetch the ward’s certificate” above.', android2: 'Settings → Security → Encryption & credentials → Install a certificate → CA certificate → install anyway → choose the file.', android3: 'Open the Loa page again in Chrome.',
    desk: 'Computer', desk1: 'Click “Fetch the ward’s certificate” above.', desk2: 'Windows: open the file → Install certificate → Local machine → “Trusted root certification authorities”. Firefox: Settings → Certificates → Import.', desk3: 'Close the browser and open it again.',
    compare: 'Before installing, compare these letters with the paper at the ward’s server (openssl x509 -in authority.pem -noout -fingerprint -sha256). If one differs, do not install and tell the administrator.', console: 'To the Loa page',
    none: 'This server’s certificate is a public one: nothing needs to be done.',
  },
};
let language = localStorage.getItem('language') === 'en' ? 'en' : 'vi';
let isOwn = true;

function label() {
  const words = texts[language];
  document.documentElement.lang = language;
  document.title = words.title;
  for (const element of document.querySelectorAll('[data-text]')) element.textContent = words[element.dataset.text];
  document.getElementById('language').textContent = words.other;
  if (!isOwn) document.querySelector('[data-text=why]').textContent = words.none;
}
document.getElementById('language').addEventListener('click', () => {
  language = language === 'vi' ? 'en' : 'vi';
  localStorage.setItem('language', language);
  label();
});
label();

const answer = await fetch('/authority.crt');
isOwn = answer.ok;
if (isOwn) {
  const base64 = (await answer.text()).match(/-----BEGIN CERTIFICATE-----([^-]+)-----END/)[1].replace(/\s/g, '');
  const der = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', der));
  document.getElementById('fingerprint').textContent = [...digest].map((octet) => octet.toString(16).padStart(2, '0').toUpperCase()).join(':');
} else {
  label();
}
