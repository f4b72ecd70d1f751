// The one way to the server: typed by its own description of the interface (`loa-server --openapi`), errors in the
// reader's language.
import createClient from 'openapi-fetch';
import { early } from '../early';
import { language } from '../language';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
export type Node = Schemas['Node'];
export type Area = Schemas['Area'];
export type Announcement = Schemas['Announcement'];
export type Schedule = Schemas['Schedule'];
export type Fate = Schemas['Fate'];
export type Outcome = Schemas['Outcome'];
export type Me = Schemas['Me'];
export type Role = Me['role'];
// What the server says to people, in both languages.
export type Said = { vi: string; en: string };

// The server's refusal, or that it was not reached (`offline`).
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly said: Said,
  ) {
    super(said[language.value]);
  }
}

const unreachable: Said = {
  vi: 'Không tới được máy chủ. Kiểm tra mạng; việc đang làm vẫn còn đây.',
  en: 'The server cannot be reached. Check the network; what you are doing is kept here.',
};

// Each early answer is taken once, and only a good one.
async function ask(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname;
  const asked = request.method === 'GET' && request.url.endsWith(path) ? early.get(path) : undefined;
  if (asked) {
    early.delete(path);
    const answer = await asked.catch(() => null);
    if (answer?.ok || (answer && path === '/api/me')) return answer;
  }
  return fetch(request);
}

export const api = createClient<paths>({ baseUrl: '', fetch: ask });

// Called when the session is over or was ended elsewhere.
let onSignedOut: () => void = () => {};
export function whenSignedOut(call: () => void) {
  onSignedOut = call;
}

export function errorOf(status: number, body: unknown): ApiError {
  const error = (body as { error?: { code: string } & Said } | undefined)?.error;
  if (error?.code) return new ApiError(status, error.code, { vi: error.vi, en: error.en });
  return new ApiError(status, `http.${status}`, { vi: `Máy chủ trả lời ${status}.`, en: `The server answered ${status}.` });
}

// What the server answered, or ApiError.
export async function take<T>(asked: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  let answer;
  try {
    answer = await asked;
  } catch (failure) {
    if (failure instanceof DOMException && failure.name === 'AbortError') throw failure;
    throw new ApiError(0, 'offline', unreachable);
  }
  if (answer.response.ok) return answer.data as T;
  const error = errorOf(answer.response.status, answer.error);
  if (error.code === 'request.not_signed_in') onSignedOut();
  throw error;
}

// The words for whatever went wrong.
export function wordsOf(failure: unknown): string {
  if (failure instanceof ApiError) return failure.said[language.value];
  return failure instanceof Error ? failure.message : String(failure);
}

// A recording's bytes, with progress from 0 to 1. XMLHttpRequest, because fetch tells no progress of a body.
export function upload(name: string, sound: Blob, onProgress: (part: number) => void, signal?: AbortSignal): Promise<Schemas['Recording']> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/api/recordings?name=${encodeURIComponent(name)}`);
    request.setRequestHeader('Content-Type', sound.type || 'application/octet-stream');
    request.responseType = 'json';
    request.upload.onprogress = (event) => onProgress(event.lengthComputable ? event.loaded / event.total : 0);
    request.onload = () => {
      if (request.status < 300) return resolve(request.response as Schemas['Recording']);
      const error = errorOf(request.status, request.response);
      if (error.code === 'request.not_signed_in') onSignedOut();
      return reject(error);
    };
    request.onerror = () => reject(new ApiError(0, 'offline', unreachable));
    request.onabort = () => reject(new DOMException('aborted', 'AbortError'));
    signal?.addEventListener('abort', () => request.abort());
    request.send(sound);
  });
}
