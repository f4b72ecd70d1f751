import { computed, ref, type Ref } from 'vue';

// Notices that what somebody edits has meanwhile been changed by another: `current` is what the server has now.
export function useOvertaken<T>(current: () => T) {
  const base: Ref<string | null> = ref(null);
  const now = () => JSON.stringify(current());
  return {
    isOvertaken: computed(() => base.value !== null && base.value !== now()),
    // At the start of an edit, and when the other's change has been seen.
    begin: () => {
      base.value = now();
    },
    end: () => {
      base.value = null;
    },
  };
}
