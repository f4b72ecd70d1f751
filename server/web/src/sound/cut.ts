// A stretch of a recording as a file of its own, and its picture.
export interface Cut {
  fromMs: number;
  toMs: number;
}

// Under this the file of the recording goes up as it is.
const smallestCutMs = 100;
export const isCut = (cut: Cut, durationMs: number) => cut.fromMs > smallestCutMs || cut.toMs < durationMs - smallestCutMs;

export const leastLeftMs = 1000;
// Handles never cross, and never leave the recording.
export function moveCut(cut: Cut, which: keyof Cut, toMs: number, durationMs: number): Cut {
  const least = Math.min(leastLeftMs, durationMs);
  if (which === 'fromMs') return { ...cut, fromMs: Math.max(0, Math.min(toMs, cut.toMs - least)) };
  return { ...cut, toMs: Math.min(durationMs, Math.max(toMs, cut.fromMs + least)) };
}

export function cutSamples(samples: Float32Array, rate: number, cut: Cut): Float32Array {
  return samples.subarray(Math.round((cut.fromMs / 1000) * rate), Math.round((cut.toMs / 1000) * rate));
}

// PCM of 16 bits, one channel (RIFF WAVE).
export function writeWav(samples: Float32Array, rate: number): ArrayBuffer {
  const header = 44;
  const bytes = new ArrayBuffer(header + samples.length * 2);
  const view = new DataView(bytes);
  const text = (at: number, word: string) => [...word].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, 'RIFF');
  view.setUint32(4, bytes.byteLength - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, samples.length * 2, true);
  for (let at = 0; at < samples.length; at++) {
    const x = Math.max(-1, Math.min(1, samples[at]!));
    view.setInt16(header + at * 2, Math.round(x < 0 ? x * 32_768 : x * 32_767), true);
  }
  return bytes;
}

// The highest value of each of so many equal parts.
export function peaksOf(samples: Float32Array, parts: number): Float32Array {
  const peaks = new Float32Array(parts);
  for (let part = 0; part < parts; part++) {
    const end = Math.floor(((part + 1) * samples.length) / parts);
    for (let at = Math.floor((part * samples.length) / parts); at < end; at++) peaks[part] = Math.max(peaks[part]!, Math.abs(samples[at]!));
  }
  return peaks;
}
