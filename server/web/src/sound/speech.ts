// What goes up the line while somebody speaks, docs/live.md §3. Nothing here knows of the browser.
export const lineRate = 48_000;
const packetOctet = 0;
const samplesOctet = 1;

export function packetMessage(packet: Uint8Array): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(1 + packet.length);
  message[0] = packetOctet;
  message.set(packet, 1);
  return message;
}

// 16 bits, little-endian.
export function samplesMessage(samples: Float32Array): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(1 + 2 * samples.length);
  message[0] = samplesOctet;
  const view = new DataView(message.buffer);
  samples.forEach((sample, at) => {
    const x = Math.max(-1, Math.min(1, sample));
    view.setInt16(1 + 2 * at, Math.round(x < 0 ? x * 32_768 : x * 32_767), true);
  });
  return message;
}

// For browsers whose microphone keeps its own rate; straight lines between the samples are enough for a voice on a horn.
export class Resampler {
  private at = 0; // where the next sample lies in the piece to come; -1 … 0 is between the last one and its first
  private last = 0;

  constructor(private readonly rate: number) {}

  take(piece: Float32Array): Float32Array {
    if (this.rate === lineRate) return piece;
    const step = this.rate / lineRate;
    const out: number[] = [];
    for (; this.at <= piece.length - 1; this.at += step) {
      const before = Math.floor(this.at);
      const from = before < 0 ? this.last : piece[before]!;
      const to = piece[before + 1] ?? from;
      out.push(from + (to - from) * (this.at - before));
    }
    this.at -= piece.length;
    this.last = piece.at(-1) ?? this.last;
    return Float32Array.from(out);
  }
}

// Of the way to the server: words that would come late are left out, and a line that takes nothing at all is broken.
export const slowAfterMs = 1_000;
export const brokenAfterMs = 4_000;
export class Flow {
  private emptyAt: number;
  constructor(now: number) {
    this.emptyAt = now;
  }
  judge(waiting: number, now: number): 'good' | 'slow' | 'broken' {
    if (waiting === 0) this.emptyAt = now;
    const late = now - this.emptyAt;
    return late > brokenAfterMs ? 'broken' : late > slowAfterMs ? 'slow' : 'good';
  }
}

// Whole seconds that are left, as somebody counts them aloud.
export const countOf = (ms: number) => Math.max(0, Math.ceil(ms / 1000));
