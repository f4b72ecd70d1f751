import { onUnmounted, ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import { wordsOf } from './api/client';
import { isStarting, onNews, type News } from './live';

const longestWaitMs = 2000;

// What a page shows of the server: asked for when the page opens, again when `concerns` says so of some news, and at
// most once at a time. When the console itself is just opening, the first asking waits until the news has begun: what is
// asked for before would have to be asked for again.
export function useAsked<T>(first: T, ask: () => Promise<T>, concerns: (news: News) => boolean = () => false) {
  const value: ShallowRef<T> = shallowRef(first);
  const failure: Ref<string> = ref('');
  const isLoading = ref(true);
  let running: Promise<void> | null = null;
  let again = false;
  let isAsked = false;
  async function load(): Promise<void> {
    isAsked = true;
    if (running) {
      again = true;
      return running;
    }
    running = (async () => {
      do {
        again = false;
        isLoading.value = true;
        try {
          value.value = await ask();
          failure.value = '';
        } catch (error) {
          failure.value = wordsOf(error);
        }
      } while (again);
      isLoading.value = false;
      running = null;
    })();
    return running;
  }
  onNews((news) => {
    if (news.action === 'everything' || (news.action === 'lost' ? !isAsked : concerns(news))) void load();
  });
  if (isStarting()) {
    const patience = setTimeout(() => isAsked || void load(), longestWaitMs);
    onUnmounted(() => clearTimeout(patience));
  } else void load();
  return { value, failure, isLoading, load };
}

// A deed: `run` does it once at a time; what the server refuses stands in `failure`.
export function useDeed<A extends unknown[]>(deed: (...args: A) => Promise<unknown>) {
  const isBusy = ref(false);
  const failure = ref('');
  async function run(...args: A): Promise<boolean> {
    if (isBusy.value) return false;
    isBusy.value = true;
    failure.value = '';
    try {
      await deed(...args);
      return true;
    } catch (error) {
      failure.value = wordsOf(error);
      return false;
    } finally {
      isBusy.value = false;
    }
  }
  return { run, isBusy, failure };
}
