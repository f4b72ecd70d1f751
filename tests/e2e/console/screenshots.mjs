// screenshots.mjs <folder>: every page at 390, 820 and 1440 px, in both languages, light; dark once at 1440.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { languages, pages, settle, widths } from './pages.mjs';
import { Ward } from './ward.mjs';

const folder = resolve(process.argv[2]);
mkdirSync(folder, { recursive: true });
const ward = await Ward.start('--ahead', '10');
try {
  await ward.open().then((page) => page.context().close());
  for (const { name, person, path } of [...pages, { name: 'door', path: '/' }, { name: 'trust', path: '/trust' }]) {
    for (const width of widths)
      for (const language of languages)
        for (const scheme of width === 1440 && language === 'vi' ? ['light', 'dark'] : ['light']) {
          const options = { width, height: width < 500 ? 844 : 900, colorScheme: scheme };
          const page = person ? await ward.openAs(person, path, options) : await ward.open(options);
          if (!person) await page.goto(ward.base + path);
          await page.evaluate((to) => localStorage.setItem('language', to), language);
          await page.reload();
          if (person) await settle(page);
          else await page.waitForSelector('h1');
          await page.screenshot({ path: join(folder, `${name}-${width}-${language}${scheme === 'dark' ? '-dark' : ''}.png`), fullPage: true });
          await page.context().close();
        }
    console.log(name);
  }
} finally {
  await ward.stop();
}
