// What a row of the audit says otherwise than before, field by field.
export interface Difference {
  field: string;
  before: unknown;
  after: unknown;
}

const isEmpty = (value: unknown): boolean => value === null || value === undefined || value === '' || value === false || value === 0 || (Array.isArray(value) && value.length === 0) || (typeof value === 'object' && Object.keys(value).length === 0);
const names = ['title', 'name'] as const;
const fieldsOf = (value: unknown) => (value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : {});
// Made by the machine, and told by the row itself.
const untold = new Set(['version', 'made', 'hash', 'at', 'has_password', 'has_second_factor']);

// What the thing itself is called stands in the row's sentence.
const things = new Set(['announcement', 'area', 'campaign', 'complaint', 'deputy', 'feed', 'node', 'person', 'recording', 'schedule', 'token']);

// Of a new thing, or one that is gone, only what it has.
export function differencesOf(before: unknown, after: unknown, subject: string): Difference[] {
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  const isWhole = Object.keys(was).length === 0 || Object.keys(is).length === 0;
  const isItself = (field: string, value: unknown) => (things.has(field) && value === subject) || (isWhole && (names as readonly string[]).includes(field));
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .map((field) => ({ field, before: was[field], after: is[field] }))
    .filter((each) => !untold.has(each.field) && !isItself(each.field, each.after ?? each.before) && JSON.stringify(each.before) !== JSON.stringify(each.after) && !(isEmpty(each.before) && isEmpty(each.after)));
}

// A code that nobody has given words, so that it can be read at least.
export const readable = (code: string) => code.replaceAll('_', ' ');

// What the thing is called, by what the row tells of it.
export function nameIn(before: unknown, after: unknown): string {
  for (const told of [fieldsOf(after), fieldsOf(before)])
    for (const name of names) if (typeof told[name] === 'string' && told[name]) return told[name];
  return '';
}
