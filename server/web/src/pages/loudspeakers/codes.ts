// Codes made in this window: the server tells each once, so they are held until the window closes, and no longer.
import { shallowReactive, watchEffect } from 'vue';
import type { Schemas } from '../../api/client';
import { nodes } from '../../live';

export const codes = shallowReactive(new Map<string, Schemas['NodeCode']>());
// One that was used is none any more.
watchEffect(() => {
  for (const id of codes.keys()) if (nodes.get(id)?.state === 'enrolled') codes.delete(id);
});

export const enrolCommand = (origin: string, code: string) => `runuser -u loa-node -- loa-node enrol --server ${origin} --code ${code} --folder /var/lib/loa-node/node --sink alsa:default`;
