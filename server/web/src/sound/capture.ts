// One recording while it is made: microphone, level, pause; every second of it is put on the shelf.
import { levelOf, loudnessOf, type Loudness } from './quality';
import { openMicrophone, recorderType } from './microphone';
import * as shelf from './shelf';

export interface Level {
  part: number; // 0 … 1 of what the meter shows
  loudness: Loudness;
}
const partMs = 1000;
const meterFloorDb = -60;
// A level stands for so long, so that a pause between two words does not say "nothing is heard".
const heldMs = 1500;

export class Capture {
  level: Level = { part: 0, loudness: 'none' };
  isKept = true;
  private readonly parts: Blob[] = [];
  private readonly writes: Promise<void>[] = [];
  private readonly recorder: MediaRecorder;
  private readonly meter: AudioContext;
  private readonly analyser: AnalyserNode;
  private readonly window = new Float32Array(2048);
  private readonly ended: Promise<void>;
  private highest = { db: -100, peak: 0, at: 0 };
  private awake: WakeLockSentinel | null = null;
  private spokenMs = 0;
  private since = 0;

  private constructor(
    private readonly stream: MediaStream,
    readonly kept: shelf.Kept,
    onLost: () => void,
  ) {
    this.meter = new AudioContext();
    this.analyser = this.meter.createAnalyser();
    this.analyser.fftSize = this.window.length;
    this.meter.createMediaStreamSource(stream).connect(this.analyser);
    void this.meter.resume();
    this.recorder = new MediaRecorder(stream, { ...(kept.type ? { mimeType: kept.type } : {}), audioBitsPerSecond: 96_000 });
    kept.type = this.recorder.mimeType || kept.type;
    this.ended = new Promise((resolve) => {
      this.recorder.onstop = () => resolve();
    });
    this.recorder.ondataavailable = ({ data }) => {
      if (data.size === 0) return;
      this.parts.push(data);
      this.writes.push(shelf.addPart(kept.id, this.parts.length, data).catch(() => void (this.isKept = false)));
    };
    stream.getAudioTracks()[0]?.addEventListener('ended', onLost);
  }

  static async open(person: string, place: string, onLost: () => void): Promise<Capture> {
    const stream = await openMicrophone();
    const type = recorderType((each) => MediaRecorder.isTypeSupported(each));
    const id = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return new Capture(stream, { id, person, place, made: Date.now(), type, isWhole: false, cut: null, isChosen: false, recording: null }, onLost);
  }

  get elapsedMs() {
    return this.spokenMs + (this.since ? performance.now() - this.since : 0);
  }
  get isRecording() {
    return this.recorder.state === 'recording';
  }

  async start() {
    await shelf.begin(this.kept).catch(() => void (this.isKept = false));
    this.recorder.start(partMs);
    this.since = performance.now();
    await this.stayAwake();
  }
  pause() {
    this.recorder.pause();
    this.spokenMs = this.elapsedMs;
    this.since = 0;
  }
  resume() {
    this.recorder.resume();
    this.since = performance.now();
  }

  // The screen must not go dark, for a telephone then takes the microphone away. Not every browser knows how.
  async stayAwake() {
    this.awake = (await navigator.wakeLock?.request('screen').catch(() => null)) ?? null;
  }

  measure() {
    this.analyser.getFloatTimeDomainData(this.window);
    const now = performance.now();
    const { db, peak } = levelOf(this.window);
    if (db >= this.highest.db || now - this.highest.at > heldMs) this.highest = { db, peak, at: now };
    else if (peak > this.highest.peak) this.highest.peak = peak;
    this.level = { part: Math.max(0, Math.min(1, 1 - db / meterFloorDb)), loudness: loudnessOf(this.highest.db, this.highest.peak) };
  }

  async finish(): Promise<Blob> {
    if (this.recorder.state !== 'inactive') {
      this.spokenMs = this.elapsedMs;
      this.since = 0;
      this.recorder.stop();
      await this.ended;
    }
    this.close();
    this.kept.isWhole = true;
    await Promise.all(this.writes);
    await shelf.save(this.kept).catch(() => void (this.isKept = false));
    return new Blob(this.parts, { type: this.kept.type });
  }

  // What was recorded stays on the shelf.
  close() {
    if (this.recorder.state !== 'inactive') this.recorder.stop();
    for (const track of this.stream.getTracks()) track.stop();
    void this.awake?.release();
    void this.meter.close().catch(() => {});
  }
}
