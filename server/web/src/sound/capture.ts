// One recording while it is made: microphone, level, pause; every second of it is put on the shelf.
import { Meter } from './meter';
import { openMicrophone, recorderType } from './microphone';
import * as shelf from './shelf';

const partMs = 1000;

export class Capture {
  isKept = true;
  private readonly parts: Blob[] = [];
  private readonly writes: Promise<void>[] = [];
  private readonly recorder: MediaRecorder;
  private readonly heard = new Meter();
  private readonly meter: AudioContext;
  private readonly analyser: AnalyserNode;
  private readonly window = new Float32Array(2048);
  private readonly ended: Promise<void>;
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

  get level() {
    return this.heard.level;
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
    this.heard.add(this.window, performance.now());
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
