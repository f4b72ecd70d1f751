// The microphone while somebody speaks live: its level, and its sound as messages for the line.
import { Meter } from './meter';
import { openMicrophone } from './microphone';
import { Resampler, lineRate, packetMessage, samplesMessage } from './speech';
import tap from './tap.ts?worker&url';

const packets = { codec: 'opus', sampleRate: lineRate, numberOfChannels: 1, bitrate: 32_000 };

export class Voice {
  readonly meter = new Meter();
  private encoder: AudioEncoder | null = null;
  private say: ((message: Uint8Array<ArrayBuffer>) => void) | null = null;
  private sent = 0;
  private awake: WakeLockSentinel | null = null;

  private constructor(
    private readonly stream: MediaStream,
    private readonly context: AudioContext,
    node: AudioWorkletNode,
  ) {
    const resampler = new Resampler(context.sampleRate);
    node.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
      this.meter.add(data, performance.now());
      if (this.say) this.pass(resampler.take(data), this.say);
    };
  }

  static async open(onLost: () => void): Promise<Voice> {
    const stream = await openMicrophone();
    let context = new AudioContext({ sampleRate: lineRate });
    try {
      let source: MediaStreamAudioSourceNode;
      try {
        source = context.createMediaStreamSource(stream);
      } catch {
        // Firefox takes a microphone at its own rate alone.
        await context.close();
        context = new AudioContext();
        source = context.createMediaStreamSource(stream);
      }
      await context.audioWorklet.addModule(tap);
      const node = new AudioWorkletNode(context, 'loa-tap', { numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit' });
      source.connect(node);
      await context.resume();
      stream.getAudioTracks()[0]?.addEventListener('ended', onLost);
      return new Voice(stream, context, node);
    } catch (failure) {
      for (const track of stream.getTracks()) track.stop();
      void context.close().catch(() => {});
      throw failure;
    }
  }

  get isMuted() {
    return this.stream.getAudioTracks()[0]?.muted ?? true;
  }

  // From now on every piece goes to `say`: as Opus where the browser can, else as samples.
  async send(say: (message: Uint8Array<ArrayBuffer>) => void) {
    const can = typeof AudioEncoder !== 'undefined' && (await AudioEncoder.isConfigSupported(packets).catch(() => null))?.supported;
    if (can) {
      this.encoder = new AudioEncoder({
        output: (packet) => {
          const bytes = new Uint8Array(packet.byteLength);
          packet.copyTo(bytes);
          this.say?.(packetMessage(bytes));
        },
        error: () => {
          this.encoder = null;
        },
      });
      this.encoder.configure(packets);
    }
    this.say = say;
    // A telephone whose screen goes dark takes the microphone away.
    this.awake = (await navigator.wakeLock?.request('screen').catch(() => null)) ?? null;
  }

  private pass(samples: Float32Array, say: (message: Uint8Array<ArrayBuffer>) => void) {
    if (!this.encoder) return say(samplesMessage(samples));
    const data = new AudioData({ format: 'f32-planar', sampleRate: lineRate, numberOfChannels: 1, numberOfFrames: samples.length, timestamp: Math.round((this.sent / lineRate) * 1e6), data: new Float32Array(samples) });
    this.sent += samples.length;
    this.encoder.encode(data);
    data.close();
  }

  close() {
    this.say = null;
    if (this.encoder && this.encoder.state !== 'closed') this.encoder.close();
    this.encoder = null;
    for (const track of this.stream.getTracks()) track.stop();
    void this.awake?.release();
    void this.context.close().catch(() => {});
  }
}
