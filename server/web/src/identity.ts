// Ids that people can read, proposed from what they typed; docs/protocol.md: a-z, 0-9 and “-”, at most 64.
import type { Node } from './api/client';

const longest = 64;

// Without the marks of Vietnamese: “Tổ dân phố số 4” → “to dan pho so 4”. For searching too.
export const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'd').toLowerCase();

export const idOf = (text: string) =>
  plain(text)
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, longest)
    .replace(/-+$/, '');

export function unused(id: string, taken: Iterable<string>): string {
  const all = new Set(taken);
  if (!id || !all.has(id)) return id;
  for (let n = 2; ; n++) if (!all.has(`${id}-${n}`)) return `${id}-${n}`;
}

// The next number of the ward's own way of counting (tdp-01, tdp-02 → tdp-03), otherwise made from the name.
export function proposeNodeId(name: string, nodes: Iterable<Pick<Node, 'node'>>): string {
  const ids = [...nodes].map((each) => each.node);
  const series = new Map<string, { last: number; digits: number; count: number }>();
  for (const id of ids) {
    const parts = /^([a-z][a-z0-9-]*-)(\d{1,5})$/.exec(id);
    if (!parts) continue;
    const [, prefix = '', digits = ''] = parts;
    const known = series.get(prefix) ?? { last: 0, digits: 1, count: 0 };
    series.set(prefix, { last: Math.max(known.last, Number(digits)), digits: Math.max(known.digits, digits.length), count: known.count + 1 });
  }
  const [usual] = [...series].sort(([, a], [, b]) => b.count - a.count);
  if (usual) return `${usual[0]}${String(usual[1].last + 1).padStart(usual[1].digits, '0')}`;
  return unused(idOf(name), ids);
}

// As offices name their accounts: Nguyễn Văn An → annv.
export function proposePersonId(name: string, taken: Iterable<string>): string {
  const words = plain(name).split(/[^a-z0-9]+/).filter(Boolean);
  const given = words.pop() ?? '';
  return unused((given + words.map((word) => word[0]).join('')).slice(0, longest), taken);
}
