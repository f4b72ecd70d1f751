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
