// Every page, in both languages, light and dark, on a telephone and a desk: no serious finding of axe, nothing that
// leaves the ward, nothing wider than the screen.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { checkFit } from './fit.mjs';
import { languages, pages, settle, widths } from './pages.mjs';
import { Ward } from './ward.mjs';

let ward;
before(async () => {
  ward = await Ward.start('--ahead', '3600');
});
after(() => ward.stop());

for (const { name, person, path } of pages)
  test(`${name} is fit for everybody`, async () => {
    for (const [at, width] of widths.entries())
      for (const language of languages) {
        const page = await ward.openAs(person, path, { width, colorScheme: (at + languages.indexOf(language)) % 2 ? 'dark' : 'light' });
        await page.evaluate((to) => localStorage.setItem('language', to), language);
        await page.reload();
        await settle(page);
        await checkFit(page, `${name} at ${width} px in ${language}`);
        assert.deepEqual(page.troubles, []);
        await page.context().close();
      }
  });

for (const path of ['/', '/trust', '/residents'])
  test(`${path} is fit for everybody who is not signed in`, async () => {
    for (const width of widths) {
      const page = await ward.open({ width });
      await page.goto(ward.base + path);
      await page.waitForSelector('h1');
      await checkFit(page, `${path} at ${width} px`);
      await page.context().close();
    }
  });
