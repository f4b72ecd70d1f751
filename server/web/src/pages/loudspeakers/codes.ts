// Codes made in this window: the server tells each once, so they are held until the window closes, and no longer.
import { shallowReactive } from 'vue';
import type { Schemas } from '../../api/client';

export type Code = Schemas['NodeCode'] & { picture?: string };
export const codes = shallowReactive(new Map<string, Code>());

export const enrolCommand = (origin: string, code: string) => `runuser -u loa-node -- loa-node enrol --server ${origin} --code ${code} --folder /var/lib/loa-node/node --sink alsa:default`;
