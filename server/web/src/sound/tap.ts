// An AudioWorklet: hands what the microphone hears to the page in pieces of 20 ms.
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, made: new () => AudioWorkletProcessor): void;
declare const sampleRate: number;

const size = Math.round(sampleRate / 50);

class Tap extends AudioWorkletProcessor {
  private piece = new Float32Array(size);
  private filled = 0;

  process([input]: Float32Array[][]) {
    const samples = input?.[0];
    for (const sample of samples ?? []) {
      this.piece[this.filled++] = sample;
      if (this.filled < size) continue;
      this.port.postMessage(this.piece, [this.piece.buffer]);
      this.piece = new Float32Array(size);
      this.filled = 0;
    }
    return true;
  }
}
registerProcessor('loa-tap', Tap);

export {};
