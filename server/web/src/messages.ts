// Texts as vue-i18n takes them without its compiler: plain, or with {values}.
import type { MessageFunction } from 'vue-i18n';

export type Messages = { [key: string]: MessageFunction<string> | Messages };

function messageOf(text: string): MessageFunction<string> {
  // Text and names by turns.
  const parts = text.split(/\{(\w+)\}/);
  if (parts.length === 1) return () => text;
  return ({ named }: { named: (name: string) => unknown }) => parts.map((part, at) => (at % 2 ? String(named(part) ?? '') : part)).join('');
}

export const messagesOf = (texts: object): Messages =>
  Object.fromEntries(Object.entries(texts).map(([key, each]: [string, string | object]) => [key, typeof each === 'string' ? messageOf(each) : messagesOf(each)]));
