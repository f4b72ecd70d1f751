// A whole ward for tests of the console: `loa ward run` with the real server, broker, signer and three nodes, and
// Debian's Chromium in front of it. Needs LOA_BIN (folder of the programs) and LOA_WEB (the built console).
import { execFileSync, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';

const top = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../../..');
const bin = process.env.LOA_BIN ?? join(top, 'build/bin');
const web = process.env.LOA_WEB ?? join(top, 'build/web');
const startWithinMs = 120_000;

// Below the ports that the kernel hands out by itself.
async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const isFree = await new Promise((answer) => {
      const probe = createServer();
      probe.once('error', () => answer(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => answer(true)));
    });
    if (isFree) return port;
  }
}

export const until = async (what, isTrue, withinMs = 60_000) => {
  const end = Date.now() + withinMs;
  for (;;) {
    const value = await isTrue();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((go) => setTimeout(go, 100));
  }
};

// RFC 6238
function digitsAt(key, step) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', key).update(counter).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

export class Ward {
  static async start(...options) {
    const ward = new Ward();
    ward.folder = mkdtempSync(join(tmpdir(), 'loa-console-'));
    ward.port = await freePort();
    ward.base = `https://localhost:${ward.port}`;
    ward.log = '';
    ward.process = spawn(join(bin, 'loa'), ['ward', 'run', '--data', ward.folder, '--web', web, '--recording', join(top, 'audio/samples/tet_greeting.opus'),
      '--chime', join(top, 'audio/samples/chime.opus'), '--http-port', String(ward.port), '--broker-port', String(await freePort()), ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [ward.process.stdout, ward.process.stderr]) stream.on('data', (text) => { ward.log += text; });
    await until('the ward runs', () => {
      if (ward.process.exitCode !== null) throw new Error(`the ward ended:\n${ward.log}`);
      return existsSync(join(ward.folder, 'office/chairman.password')) && /\d+ (loa đã có kế hoạch|loudspeakers? )/.test(ward.log);
    }, startWithinMs);
    return ward;
  }

  async stop() {
    await this.browser?.close();
    if (this.process.exitCode === null) {
      const ended = new Promise((gone) => this.process.once('exit', gone));
      this.process.kill('SIGINT');
      await ended;
    }
    if (process.env.LOA_KEEP) console.log(`kept: ${this.folder}`);
    else rmSync(this.folder, { recursive: true, force: true });
  }

  // One value of the server's books, read beside it.
  ask(sql, ...values) {
    const code = 'import sqlite3,sys;r=sqlite3.connect(f"file:{sys.argv[1]}?mode=ro",uri=True).execute(sys.argv[2],sys.argv[3:]).fetchone();print("" if r is None or r[0] is None else r[0].hex() if isinstance(r[0],bytes) else r[0])';
    return execFileSync('/usr/bin/python3', ['-c', code, join(this.folder, 'server/server.db'), sql, ...values.map(String)]).toString().trim();
  }

  password(person) {
    return this.hired?.get(person) ?? readFileSync(join(this.folder, 'office', `${person}.password`), 'utf8').trim();
  }

  // Somebody more, who signs in with name and password.
  async hire(person, role, name) {
    const password = `mat-khau-cua-${person}-${role}`;
    const admin = await this.openAs('admin'); // no program makes people
    await admin.evaluate(async ({ made, password }) => {
      const send = async (path, body) => {
        const answer = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
        const told = await answer.json();
        if (!answer.ok) throw new Error(JSON.stringify(told));
        return told;
      };
      const { code } = await send('/api/people', made);
      await send('/api/invitation', { code, password });
    }, { made: { person, role, name }, password });
    await admin.context().close();
    (this.hired ??= new Map()).set(person, password);
  }

  // RFC 6238, of the secret that the trial ward made; each step opens once, so a second sign-in waits for the next.
  async digits(person) {
    const step = () => Math.floor(Date.now() / 30_000);
    const last = Number(this.ask('SELECT factor_step FROM people WHERE person_id = ?', person));
    await until('a fresh step of the second factor', () => step() > last, 65_000);
    return digitsAt(Buffer.from(this.ask('SELECT factor FROM people WHERE person_id = ?', person), 'hex'), step());
  }

  // As somebody does it on their own page, with an app that shows digits.
  async takeSecondFactor(person) {
    const page = await this.openAs(person, '/settings/own');
    const send = (path, body) => page.evaluate(async ({ path, body }) => {
      const answer = await fetch(path, { method: 'POST', ...(body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }) });
      if (!answer.ok) throw new Error(await answer.text());
      return answer.status === 204 ? null : answer.json();
    }, { path, body });
    const { secret } = await send('/api/me/second_factor', null);
    let bits = '';
    for (const letter of secret.replace(/[^A-Z2-7]/g, '')) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'); // RFC 4648
    const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
    await send('/api/me/second_factor/confirm', { digits: digitsAt(key, Math.floor(Date.now() / 30_000)) });
    await page.context().close();
    this.sessions.delete(person);
  }

  // A program's way in, for what a test is not about.
  async api(method, path, body, person = 'operator') {
    const token = readFileSync(join(this.folder, `office/${person}.token`), 'utf8').trim();
    const text = execFileSync('curl', ['-sS', '--cacert', join(this.folder, 'station/authority.pem'), '-X', method, '-H', `Authorization: Bearer ${token}`,
      '-H', 'Content-Type: application/json', ...(body === undefined ? [] : ['--data-binary', JSON.stringify(body)]), this.base + path]).toString();
    const answer = text ? JSON.parse(text) : null;
    if (answer?.error) throw new Error(`${method} ${path}: ${answer.error.code} ${answer.error.en}`);
    return answer;
  }

  // WAVs that a loudspeaker has played, oldest first.
  heard(node) {
    const folder = join(this.folder, 'heard', node);
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.wav')).sort().map((name) => join(folder, name)) : [];
  }

  // A way to the server that can be cut: `cut()` ends every connection and takes no new one until `mend()`.
  async gate() {
    const open = new Set();
    let isCut = false;
    const server = createServer((near) => {
      if (isCut) return near.destroy();
      const far = connect(this.port, '127.0.0.1');
      for (const [one, other] of [[near, far], [far, near]]) {
        open.add(one);
        one.pipe(other);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          open.delete(one);
          other.destroy();
        });
      }
    });
    const port = await freePort();
    await new Promise((ready) => server.listen(port, '127.0.0.1', ready));
    return {
      base: `https://localhost:${port}`,
      cut: () => {
        isCut = true;
        for (const socket of open) socket.destroy();
      },
      mend: () => {
        isCut = false;
      },
      close: () => {
        for (const socket of open) socket.destroy();
        server.close();
      },
    };
  }

  // `microphone`: a WAV that Chromium hears as its microphone.
  async open({ width = 1440, height = 900, microphone, base = this.base, ...context } = {}) {
    const args = ['--no-sandbox', '--autoplay-policy=no-user-gesture-required'];
    if (microphone) args.push('--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-audio-capture=${microphone}`);
    this.browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
    const opened = await this.browser.newContext({ ignoreHTTPSErrors: true, viewport: { width, height }, locale: 'vi-VN', timezoneId: 'UTC', ...context });
    const page = await opened.newPage();
    page.setDefaultTimeout(30_000);
    // What the page itself did wrong fails the test that opened it.
    page.troubles = [];
    page.on('pageerror', (error) => page.troubles.push(String(error)));
    page.on('console', (message) => {
      if (/Content Security Policy|Unhandled|\[Vue warn\]|\[intlify\]/.test(message.text())) page.troubles.push(message.text());
    });
    // What has been asked for and is not there yet; the stream of news never is.
    page.waiting = new Set();
    // What a page that is left had asked for need never end.
    page.on('framenavigated', (frame) => frame === page.mainFrame() && page.waiting.clear());
    for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => page.waiting.delete(request));
    page.on('request', (request) => {
      if (!request.url().endsWith('/api/events')) page.waiting.add(request);
      const url = new URL(request.url());
      if (!['data:', 'blob:'].includes(url.protocol) && url.origin !== base) page.troubles.push(`leaves the ward: ${request.url()}`);
    });
    return page;
  }

  // Opens the console at `path` (after #) as somebody who is signed in; through the door the first time.
  async openAs(person, path = '/', options = {}) {
    const page = await this.open(options);
    this.sessions ??= new Map();
    const session = this.sessions.get(person);
    if (session) await page.context().addCookies(session);
    await page.goto(`${options.base ?? this.base}/#${path}`);
    if (session) {
      await page.waitForSelector('.shell');
      return page;
    }
    await page.fill('input[name=person]', person);
    await page.fill('input[name=password]', this.password(person));
    await page.click('form button[type=submit]');
    const next = await Promise.race([
      page.waitForSelector('.shell').then(() => 'in'),
      page.waitForSelector('input[name=digits]').then(() => 'digits'),
    ]);
    if (next === 'digits') {
      await page.fill('input[name=digits]', await this.digits(person));
      await page.click('form button[type=submit]');
      await page.waitForSelector('.shell');
    }
    this.sessions.set(person, await page.context().cookies());
    return page;
  }
}
