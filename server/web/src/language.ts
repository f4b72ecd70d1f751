import { ref, watchEffect } from 'vue';

export type Language = 'vi' | 'en';

// Vietnamese first: English only for whoever chose it.
export const language = ref<Language>(globalThis.localStorage?.getItem('language') === 'en' ? 'en' : 'vi');

watchEffect(() => {
  globalThis.localStorage?.setItem('language', language.value);
  if (globalThis.document) document.documentElement.lang = language.value;
});
