import { onUnmounted, ref, type Ref } from 'vue';

// The present, moved on every second; for countdowns.
const now = ref(Date.now());
let users = 0;
let timer: number | undefined;

export function useNow(): Ref<number> {
  if (users++ === 0) {
    now.value = Date.now();
    timer = window.setInterval(() => {
      now.value = Date.now();
    }, 1000);
  }
  onUnmounted(() => {
    if (--users === 0) window.clearInterval(timer);
  });
  return now;
}
