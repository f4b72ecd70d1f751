import { type Cut, cutSamples, isCut, leastLeftMs, moveCut, peaksOf, writeWav } from '../../../../server/web/src/sound/cut';
import { type NoMicrophone, recorderType, whyNever, whyRefused } from '../../../../server/web/src/sound/microphone';
import { type Fault, factsOf, faultsOf, framesOf, framesWithin, isGrave, levelOf, loudnessOf, measure, wordsOfSound } from '../../../../server/web/src/sound/quality';
import { readingMs } from '../../../../server/web/src/sound/reading';

const rate = 32_000;
const limits = { shortestMs: 3000, longestMs: 120_000 };

// The same noise each time.
function noiseMaker(seed = 1) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}
// "Words" of 300 ms of a 500 Hz tone with its octave, pauses of 200 ms, on a ground of noise.
function voice({ seconds = 6, level = 0.3, noise = 0.0005, start = 0, end = 0, clip = Infinity, pauses = true } = {}) {
  const random = noiseMaker();
  const total = Math.round((start + seconds + end) * rate);
  return Float32Array.from({ length: total }, (_, at) => {
    const s = at / rate - start;
    const isWord = s >= 0 && s < seconds && (!pauses || s % 0.5 < 0.3);
    const x = (isWord ? level * (Math.sin(2 * Math.PI * 500 * s) + 0.4 * Math.sin(2 * Math.PI * 1000 * s)) : 0) + noise * random();
    return Math.max(-clip, Math.min(clip, x));
  });
}
const faults = (samples: Float32Array): Fault[] => faultsOf(measure(samples, rate), limits);

describe('quality of a recording', () => {
  it('finds nothing wrong with a clear voice', () => expect(faults(voice())).toEqual([]));
  it.each([0.05, 0.6])('nor with one of level %f', (level) => expect(faults(voice({ level }))).toEqual([]));
  it('tells silence, and that it is grave', () => {
    expect(faults(voice({ level: 0 }))).toEqual(['silent']);
    expect(faults(new Float32Array(rate * 5))).toEqual(['silent']);
    expect(isGrave('silent')).toBe(true);
    expect(isGrave('noisy')).toBe(false);
  });
  it('tells one that is too quiet', () => expect(faults(voice({ level: 0.006, noise: 0.0001 }))).toEqual(['too_quiet']));
  it('tells one whose tops are cut off', () => expect(faults(voice({ level: 3, clip: 1 }))).toEqual(['clipped']));
  it('takes a full level that is not cut off', () => expect(faults(voice({ level: 0.7 }))).toEqual([]));
  it('tells noise', () => expect(faults(voice({ level: 0.2, noise: 0.15 }))).toEqual(['noisy']));
  it('hum below the voice is no noise', () => {
    const samples = voice({ level: 0.2 }).map((x, at) => x + 0.02 * Math.sin((2 * Math.PI * 50 * at) / rate));
    expect(faults(samples)).toEqual([]);
  });
  it('tells too short and too long', () => {
    expect(faults(voice({ seconds: 2 }))).toEqual(['too_short']);
    expect(faultsOf({ ...measure(voice(), rate), durationMs: 120_001 }, limits)).toEqual(['too_long']);
    expect(faults(new Float32Array(0))).toEqual(['silent', 'too_short']);
  });
  it('finds where the words begin and end', () => {
    const facts = measure(voice({ start: 2, end: 1.5 }), rate);
    expect(facts.silentStartMs).toBeGreaterThan(1900);
    expect(facts.silentStartMs).toBeLessThan(2100);
    // The last "word" ends 200 ms before the end of the words.
    expect(facts.silentEndMs).toBeGreaterThan(1600);
    expect(facts.silentEndMs).toBeLessThan(1800);
    const words = wordsOfSound(facts, 300);
    expect(words.fromMs).toBeCloseTo(facts.silentStartMs - 300, 3);
    expect(words.toMs).toBeCloseTo(facts.durationMs - facts.silentEndMs + 300, 3);
  });
  it('judges a cut as if nothing else had been recorded', () => {
    const samples = voice({ start: 2, seconds: 4, end: 2 });
    const part = factsOf(framesWithin(framesOf(samples, rate), 2000, 6000), 4000);
    const alone = measure(samples.subarray(2 * rate, 6 * rate), rate);
    expect(part.durationMs).toBe(alone.durationMs);
    expect(part.speechDb).toBeCloseTo(alone.speechDb, 1);
    expect(part.silentStartMs).toBe(alone.silentStartMs);
  });
  it('cuts nothing off a silent one', () => {
    const facts = measure(new Float32Array(rate * 4), rate);
    expect(wordsOfSound(facts)).toEqual({ fromMs: 0, toMs: 4000 });
  });
  it('the meter says what to do', () => {
    const told = (samples: Float32Array) => {
      const { db, peak } = levelOf(samples);
      return loudnessOf(db, peak);
    };
    expect(told(new Float32Array(2048))).toBe('none');
    expect(told(voice({ level: 0.005, seconds: 0.2, noise: 0 }))).toBe('low');
    expect(told(voice({ seconds: 0.2 }))).toBe('right');
    expect(told(voice({ seconds: 0.2, level: 2, clip: 1 }))).toBe('high');
  });
});

describe('a cut', () => {
  const whole: Cut = { fromMs: 0, toMs: 10_000 };
  it('is none when it takes nothing', () => {
    expect(isCut(whole, 10_000)).toBe(false);
    expect(isCut({ fromMs: 500, toMs: 10_000 }, 10_000)).toBe(true);
    expect(isCut({ fromMs: 0, toMs: 9000 }, 10_000)).toBe(true);
  });
  it('keeps its marks in order and inside', () => {
    expect(moveCut(whole, 'fromMs', -5, 10_000).fromMs).toBe(0);
    expect(moveCut(whole, 'toMs', 99_999, 10_000).toMs).toBe(10_000);
    expect(moveCut(whole, 'fromMs', 9990, 10_000).fromMs).toBe(10_000 - leastLeftMs);
    expect(moveCut({ fromMs: 4000, toMs: 8000 }, 'toMs', 1000, 10_000).toMs).toBe(4000 + leastLeftMs);
    expect(moveCut({ fromMs: 0, toMs: 400 }, 'fromMs', 300, 400)).toEqual({ fromMs: 0, toMs: 400 });
    expect(moveCut(whole, 'fromMs', Infinity, 10_000).fromMs).toBe(9000);
  });
  it('takes exactly its stretch', () => {
    const samples = Float32Array.from({ length: rate * 2 }, (_, at) => at);
    const part = cutSamples(samples, rate, { fromMs: 500, toMs: 1500 });
    expect(part.length).toBe(rate);
    expect(part[0]).toBe(rate / 2);
  });
  it('is written as a WAV that says what it is', () => {
    const bytes = writeWav(Float32Array.from([0, 1, -1, 2, 0.5]), rate);
    const view = new DataView(bytes);
    expect(Buffer.from(bytes).toString('latin1', 0, 4)).toBe('RIFF');
    expect(Buffer.from(bytes).toString('latin1', 8, 16)).toBe('WAVEfmt ');
    expect(view.getUint32(4, true)).toBe(bytes.byteLength - 8);
    expect(view.getUint32(24, true)).toBe(rate);
    expect(view.getUint32(40, true)).toBe(10);
    expect([0, 1, 2, 3, 4].map((at) => view.getInt16(44 + 2 * at, true))).toEqual([0, 32_767, -32_768, 32_767, 16_384]);
  });
  it('is drawn by its peaks', () => expect([...peaksOf(Float32Array.from([0, 0.5, -0.75, 0.25]), 2)]).toEqual([0.5, 0.75]));
});

describe('the microphone', () => {
  const all = { isSecure: true, hasMicrophones: true, hasRecorder: true };
  it.each<[string, NoMicrophone]>([
    ['NotAllowedError', 'refused'],
    ['NotFoundError', 'missing'],
    ['NotReadableError', 'in_use'],
    ['AbortError', 'in_use'],
    ['OverconstrainedError', 'missing'],
    ['', 'other'],
  ])('%s is %s', (name, why) => expect(whyRefused(name)).toBe(why));
  it('is known to be out of reach before anybody asks', () => {
    expect(whyNever(all)).toBeNull();
    // A page without a secure context has no navigator.mediaDevices either: the cause is told, not the effect.
    expect(whyNever({ ...all, isSecure: false, hasMicrophones: false })).toBe('insecure');
    expect(whyNever({ ...all, hasMicrophones: false })).toBe('unsupported');
    expect(whyNever({ ...all, hasRecorder: false })).toBe('unsupported');
  });
  it('records as the browser can', () => {
    expect(recorderType(() => true)).toBe('audio/webm;codecs=opus');
    expect(recorderType((type) => type === 'audio/mp4')).toBe('audio/mp4');
    expect(recorderType(() => false)).toBe('');
  });
});

it('tells how long a text takes to read', () => {
  expect(readingMs('')).toBe(0);
  expect(readingMs('– … –')).toBeLessThan(1000);
  const text = 'Kính thưa toàn thể bà con nhân dân trong phường. '.repeat(20);
  expect(readingMs(text)).toBeGreaterThan(60_000);
  expect(readingMs(text)).toBeLessThan(80_000);
});
