// Who is signed in here; docs/people.md.
import { computed, ref } from 'vue';
import { ApiError, api, take, whenSignedOut, type Me, type Role } from './api/client';

export const me = ref<Me | null>(null);
// Before the first answer nobody knows which page to show.
export const isKnown = ref(false);
export const isAtDesk = computed(() => me.value !== null && !me.value.second_factor_first);

export const hasRole = (...roles: Role[]) => me.value !== null && roles.includes(me.value.role);
export const isBound = computed(() => me.value?.role === 'group_lead');

whenSignedOut(() => {
  me.value = null;
});

export async function askWho() {
  try {
    me.value = await take(api.GET('/api/me'));
  } catch (failure) {
    me.value = null;
    if (failure instanceof ApiError && failure.code === 'offline') throw failure;
  } finally {
    isKnown.value = true;
  }
}

export async function signOut() {
  await take(api.DELETE('/api/session'));
  me.value = null;
}
