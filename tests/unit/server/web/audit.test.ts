// Whatever the server can write into the audit reads as words in both languages.
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { differencesOf, nameIn, readable } from '../../../../server/web/src/audit';
import words from '../../../../server/web/src/words/evidence';

const top = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../../../..');
function sources(folder: string): string[] {
  return readdirSync(join(top, folder), { withFileTypes: true }).flatMap((each) => {
    if (each.isDirectory()) return each.name === 'web' ? [] : sources(join(folder, each.name));
    return /\.(cpp|h)$/.test(each.name) ? [readFileSync(join(top, folder, each.name), 'utf8')] : [];
  });
}
const found = (pattern: RegExp, texts: string[]) => [...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, code]) => code!)))].sort();

it('has words for every action that the server and its programs write', () => {
  const all = [...sources('server'), ...sources('cli')];
  const calls = all.flatMap((text) => [...text.matchAll(/\b(?:note|add_audit)\([^;]*?\{"([a-z_]+)"/g)].map(([, code]) => code!));
  // None is written in a way that this does not find: each call of them but the definitions names its code.
  const uses = all.flatMap((text) => [...text.matchAll(/(?<!void |::)\b(?:note\(|add_audit\((?!CLI))/g)]).length;
  const forwards = all.flatMap((text) => [...text.matchAll(/add_audit\(by_, entry, now\)|void (?:Store::|ServerCore::)?(?:note|add_audit)\(|cli::add_audit\(/g)]).length;
  expect(calls.length).toBeGreaterThan(40);
  expect(uses).toBeLessThanOrEqual(calls.length + forwards);
  for (const told of [words.vi.did, words.en.did]) expect([...new Set(calls)].filter((code) => !(code in told))).toEqual([]);
});

it('has words for every field of what stands in it', () => {
  const books = readFileSync(join(top, 'server/store/books_json.cpp'), 'utf8');
  const until = books.indexOf('json to_json(const Complaint&');
  const fields = found(/\{\{?"([a-z_]+)",/g, [books.slice(0, until)]);
  expect(fields).toContain('volume_pct');
  const untold = ['version', 'made', 'hash', 'at', 'has_password', 'has_second_factor', 'reason', 'words'];
  for (const told of [words.vi.fields, words.en.fields]) expect(fields.filter((field) => !(field in told) && !untold.includes(field))).toEqual([]);
});

it('tells only what changed', () => {
  const before = { node: 'tdp-01', name: 'Loa 1', area: 'tdp-1', position: null, made: '2026-01-01T00:00:00Z' };
  expect(differencesOf(before, { ...before, name: 'Loa chợ', made: '2026-02-02T00:00:00Z' }, 'tdp-01')).toEqual([{ field: 'name', before: 'Loa 1', after: 'Loa chợ' }]);
});

it('tells of a new thing what it has, not what it lacks, and not its own name twice', () => {
  expect(differencesOf(null, { area: 'tdp-2', name: 'Tổ 2', parent: null, residents: 120, rank: 0, areas: [], closed: '' }, 'tdp-2').map(({ field }) => field)).toEqual(['residents']);
});

it('tells what is called like the thing itself but is not', () => {
  expect(differencesOf(null, { person: 'operator', role: 'operator', name: 'An' }, 'operator').map(({ field }) => field)).toEqual(['role']);
});

it('tells what was taken away', () => {
  expect(differencesOf({ source: '12/TB', consent: '' }, { source: '', consent: '' }, 'a')).toEqual([{ field: 'source', before: '12/TB', after: '' }]);
  expect(differencesOf({ feed: 'f', name: 'Lịch', area: 'tdp-1' }, null, 'f')).toEqual([{ field: 'area', before: 'tdp-1', after: undefined }]);
});

it('calls a thing by what it is called now', () => {
  expect(nameIn({ title: 'Cũ' }, { title: 'Mới' })).toBe('Mới');
  expect(nameIn({ name: 'Loa' }, null)).toBe('Loa');
  expect(nameIn('', null)).toBe('');
});

it('can be read even without words', () => expect(readable('close_gate')).toBe('close gate'));
