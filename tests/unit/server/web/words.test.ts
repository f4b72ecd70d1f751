// Both languages say the same things, with the same values in them.
const pages = import.meta.glob<{ default: { vi: object; en: object } }>('../../../../server/web/src/words/*.ts', { eager: true });

function texts(tree: object, at = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]): [string, string][] => (typeof value === 'string' ? [[`${at}${key}`, value]] : texts(value as object, `${at}${key}.`)));
}
const values = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

const both = Object.entries(pages).filter(([file]) => !/(index|both)\.ts$/.test(file));

it('there are pages', () => expect(both.length).toBeGreaterThan(2));

describe.each(both.map(([file, page]) => [file.replace(/.*\//, ''), page.default] as const))('%s', (_file, page) => {
  const en = new Map(texts(page.en));
  it('has every text in both languages', () => {
    expect(texts(page.vi).map(([key]) => key).sort()).toEqual([...en.keys()].sort());
  });
  it('uses the same values in both', () => {
    for (const [key, text] of texts(page.vi)) expect([key, values(en.get(key) ?? '')]).toEqual([key, values(text)]);
  });
  it('leaves none empty', () => {
    for (const [key, text] of [...texts(page.vi), ...en]) expect([key, text.trim().length > 0]).toEqual([key, true]);
  });
});

it('are said by vue-i18n without its compiler', async () => {
  const { addWords, say } = await import('../../../../server/web/src/words');
  addWords('some', { vi: { plain: 'Có | @ chữ', deep: { values: '{who}: {n} loa của {who}' } }, en: { plain: 'x', deep: { values: 'x' } } });
  expect(say('some.plain')).toBe('Có | @ chữ');
  expect(say('some.deep.values', { who: 'An', n: 0 })).toBe('An: 0 loa của An');
  expect(say('common.reached', { n: 3 })).toBe('3 loa sẽ phát');
});
