import { computed, type Ref, type WritableComputedRef } from 'vue';

// Notices that what somebody edits has meanwhile been changed by another. `current` is what the server has now; `base`,
// what it had when the edit began, is kept with the draft, empty without one.
export function useOvertaken<T>(current: () => T, base: Ref<string>) {
  const now = () => JSON.stringify(current()) ?? '';
  return {
    isOvertaken: computed(() => base.value !== '' && now() !== '' && base.value !== now()),
    // At the start of an edit, and when the other's change has been seen.
    begin: () => {
      base.value = now();
    },
    end: () => {
      base.value = '';
    },
  };
}

export const baseOf = (draft: Ref<{ base: string }>): WritableComputedRef<string> =>
  computed({
    get: () => draft.value.base,
    set: (base) => {
      draft.value.base = base;
    },
  });
