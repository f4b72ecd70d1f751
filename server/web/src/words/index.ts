// Every text of the console, one file for each page, both languages side by side.
import { watchEffect } from 'vue';
import { createI18n } from 'vue-i18n';
import { language } from '../language';
import common from './common';
import door from './door';
import { messagesOf } from '../messages';
import now from './now';

const pages = { common, door, now };
const of = (which: 'vi' | 'en') => messagesOf(Object.fromEntries(Object.entries(pages).map(([page, both]) => [page, both[which]])));

export const i18n = createI18n({
  legacy: false,
  locale: language.value,
  fallbackLocale: 'vi',
  messages: { vi: of('vi'), en: of('en') },
});
watchEffect(() => {
  i18n.global.locale.value = language.value;
});

// For code outside components.
export const say = i18n.global.t as (key: string, values?: Record<string, unknown>) => string;

// Of a page that is loaded when it is first opened.
export function addWords(page: string, both: { vi: object; en: object }) {
  i18n.global.mergeLocaleMessage('vi', messagesOf({ [page]: both.vi }));
  i18n.global.mergeLocaleMessage('en', messagesOf({ [page]: both.en }));
}
