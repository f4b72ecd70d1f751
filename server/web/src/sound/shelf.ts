// Recordings of this browser (IndexedDB), written down while they are made: a reload, a closed tab or a lost network
// loses nothing. Under the person's name, because telephones are shared.
import type { Cut } from './cut';

export interface Kept {
  id: string;
  person: string;
  place: string; // the page that it was made on
  made: number; // ms since 1970
  type: string;
  isWhole: boolean; // false: the page went away in the middle of it
  cut: Cut | null;
  isChosen: boolean; // somebody has listened to it and wants it
  recording: string | null; // the server's name for what it received
}
interface Part {
  id: string;
  number: number;
  bytes: Blob;
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB'));
  });
}

let opened: Promise<IDBDatabase> | null = null;
function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open('loa.recordings', 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('takes', { keyPath: 'id' });
      request.result.createObjectStore('parts', { keyPath: ['id', 'number'] });
    };
    request.onsuccess = () => {
      request.result.onclose = () => {
        opened = null;
      };
      resolve(request.result);
    };
    request.onerror = () => {
      opened = null;
      reject(request.error ?? new Error('IndexedDB'));
    };
  });
  return opened;
}

const partsOf = (id: string) => IDBKeyRange.bound([id, 0], [id, Number.MAX_SAFE_INTEGER]);

async function change(work: (takes: IDBObjectStore, parts: IDBObjectStore) => void): Promise<void> {
  const transaction = (await open()).transaction(['takes', 'parts'], 'readwrite');
  const ended = new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('IndexedDB'));
  });
  work(transaction.objectStore('takes'), transaction.objectStore('parts'));
  return ended;
}

// A new one takes the place of the person's earlier one on that page.
export async function begin(take: Kept): Promise<void> {
  const earlier = (await all()).filter((each) => each.person === take.person && each.place === take.place);
  return change((takes, parts) => {
    for (const { id } of earlier) {
      takes.delete(id);
      parts.delete(partsOf(id));
    }
    takes.put(take);
  });
}
export const addPart = (id: string, number: number, bytes: Blob) => change((_, parts) => parts.put({ id, number, bytes } satisfies Part));
export const save = (take: Kept) => change((takes) => takes.put(take));
export const forget = (id: string) =>
  change((takes, parts) => {
    takes.delete(id);
    parts.delete(partsOf(id));
  });

async function all(): Promise<Kept[]> {
  return done((await open()).transaction('takes').objectStore('takes').getAll() as IDBRequest<Kept[]>);
}
export async function latest(person: string, place: string): Promise<Kept | null> {
  const own = (await all()).filter((each) => each.person === person && each.place === place);
  return own.sort((a, b) => b.made - a.made)[0] ?? null;
}
export async function soundOf(take: Kept): Promise<Blob> {
  const parts = await done((await open()).transaction('parts').objectStore('parts').getAll(partsOf(take.id)) as IDBRequest<Part[]>);
  return new Blob(parts.map((part) => part.bytes), { type: take.type });
}
