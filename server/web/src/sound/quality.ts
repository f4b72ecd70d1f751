// What a recording is like, measured on its samples; and what is to be said of it before anybody hears it from a mast.
export interface Facts {
  durationMs: number;
  speechDb: number; // level of the words, dBFS (RMS)
  noiseDb: number; // level of the pauses between them
  clippedPart: number; // share of the frames with sound in which the top of the wave is cut off
  silentStartMs: number;
  silentEndMs: number;
}
export interface Limits {
  shortestMs: number;
  longestMs: number;
}
export type Fault = 'silent' | 'too_quiet' | 'clipped' | 'noisy' | 'too_short' | 'too_long';
// One that nobody would understand, or that the server refuses, against one that could be better.
export const isGrave = (fault: Fault) => fault === 'silent' || fault === 'too_short';

export const silentDb = -55;
export const quietDb = -38;
const leastAboveNoiseDb = 15;
const mostClipped = 0.02;
const frameMs = 20;
const floorDb = -100;
// Hum and the wind below the voice are no sound that a horn makes.
const humHz = 150;

const decibel = (power: number) => (power > 0 ? Math.max(floorDb, 10 * Math.log10(power)) : floorDb);

export interface Frame {
  db: number;
  isClipped: boolean;
}

// Twice a first-order high pass.
export function framesOf(samples: Float32Array, rate: number): Frame[] {
  const size = Math.max(1, Math.round((rate * frameMs) / 1000));
  const keep = Math.exp((-2 * Math.PI * humHz) / rate);
  let [x1, y1, z1] = [0, 0, 0];
  const frames: Frame[] = [];
  for (let begin = 0; begin + size <= samples.length; begin += size) {
    let power = 0;
    let atTop = 0;
    for (let at = begin; at < begin + size; at++) {
      const x = samples[at]!;
      const y = keep * (y1 + x - x1);
      const z = keep * (z1 + y - y1);
      [x1, y1, z1] = [x, y, z];
      power += z * z;
      if (Math.abs(x) >= 0.985) atTop++;
    }
    frames.push({ db: decibel(power / size), isClipped: atTop >= 3 });
  }
  return frames;
}

const percentile = (sorted: readonly number[], part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? floorDb;

export const measure = (samples: Float32Array, rate: number) => factsOf(framesOf(samples, rate), (samples.length / rate) * 1000);

// Those between two moments, so that a cut is judged without hearing everything again.
export const framesWithin = (frames: readonly Frame[], fromMs: number, toMs: number) => frames.slice(Math.round(fromMs / frameMs), Math.round(toMs / frameMs));

export function factsOf(frames: readonly Frame[], durationMs: number): Facts {
  const sorted = frames.map((frame) => frame.db).sort((a, b) => a - b);
  const speechDb = percentile(sorted, 0.9);
  const noiseDb = percentile(sorted, 0.05);
  // Halfway between the pauses and the words, and never so deep that breath counts as a word.
  const wordDb = Math.max(speechDb - 25, (speechDb + noiseDb) / 2);
  const isWord = (frame: Frame) => speechDb > silentDb && frame.db >= wordDb;
  const words = frames.filter(isWord);
  const first = frames.findIndex(isWord);
  const last = frames.length - 1 - [...frames].reverse().findIndex(isWord);
  return {
    durationMs,
    speechDb,
    noiseDb,
    clippedPart: words.length ? words.filter((frame) => frame.isClipped).length / words.length : 0,
    silentStartMs: first < 0 ? durationMs : first * frameMs,
    silentEndMs: first < 0 ? durationMs : Math.max(0, durationMs - (last + 1) * frameMs),
  };
}

// The worst first.
export function faultsOf(facts: Facts, limits: Limits): Fault[] {
  const faults: Fault[] = [];
  if (facts.durationMs < limits.shortestMs) faults.push('too_short');
  if (facts.speechDb < silentDb) return ['silent', ...faults];
  if (facts.clippedPart > mostClipped) faults.push('clipped');
  if (facts.speechDb < quietDb) faults.push('too_quiet');
  if (facts.speechDb - facts.noiseDb < leastAboveNoiseDb) faults.push('noisy');
  if (facts.durationMs > limits.longestMs) faults.push('too_long');
  return faults;
}

// Where the words begin and end, with a breath before and after.
export function wordsOfSound(facts: Facts, breathMs = 300): { fromMs: number; toMs: number } {
  if (facts.speechDb < silentDb) return { fromMs: 0, toMs: facts.durationMs };
  return { fromMs: Math.max(0, facts.silentStartMs - breathMs), toMs: Math.min(facts.durationMs, facts.durationMs - facts.silentEndMs + breathMs) };
}

// What the meter tells while somebody speaks: of the last moments' highest level.
export type Loudness = 'none' | 'low' | 'right' | 'high';
export function loudnessOf(db: number, peak: number): Loudness {
  if (peak >= 0.985) return 'high';
  if (db < silentDb) return 'none';
  return db < quietDb ? 'low' : 'right';
}
export const levelOf = (samples: Float32Array) => {
  let power = 0;
  let peak = 0;
  for (const x of samples) {
    power += x * x;
    peak = Math.max(peak, Math.abs(x));
  }
  return { db: decibel(samples.length ? power / samples.length : 0), peak };
};
