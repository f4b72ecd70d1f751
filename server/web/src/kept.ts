import { ref, watch, type Ref } from 'vue';

// What somebody is writing, kept in this browser so that a reload or a lost network takes nothing: under the person's
// name, because telephones are shared. forget() when it is done with.
export function useKept<T>(name: string, person: string, first: () => T): { value: Ref<T>; forget: () => void } {
  const key = `loa.${person}.${name}`;
  let start = first();
  try {
    const kept = localStorage.getItem(key);
    if (kept) start = { ...start, ...(JSON.parse(kept) as T) };
  } catch {
    // Damaged or forbidden: begin anew.
  }
  const value = ref(start) as Ref<T>;
  watch(
    value,
    (now) => {
      try {
        localStorage.setItem(key, JSON.stringify(now));
      } catch {
        // Full or forbidden: it is still on the screen.
      }
    },
    { deep: true },
  );
  return {
    value,
    forget: () => {
      value.value = first();
      queueMicrotask(() => localStorage.removeItem(key));
    },
  };
}
