// How long a text takes when it is read aloud. Vietnamese is written by the syllable; an official reads some 190 of them
// a minute, and rests at every full stop.
const msOfSyllable = 60_000 / 190;
const msOfStop = 450;

export function readingMs(text: string): number {
  const syllables = text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
  const stops = text.match(/[.!?:;…]+(?=\s|$)/gu)?.length ?? 0;
  return Math.round(syllables * msOfSyllable + stops * msOfStop);
}
