// What a meter shows of a voice.
import { levelOf, loudnessOf, silentDb, type Loudness } from './quality';

export interface Level {
  part: number; // 0 … 1 of what the meter shows
  loudness: Loudness;
}
const meterFloorDb = -60;
// A level stands for so long, so that a pause between two words does not say "nothing is heard".
const heldMs = 1500;
const flatAfterMs = 3000;

export class Meter {
  level: Level = { part: 0, loudness: 'none' };
  // For so long there was no voice that somebody may have switched the microphone off.
  isFlat = false;
  private highest = { db: -100, peak: 0, at: 0 };
  private heardAt: number | null = null;

  add(samples: Float32Array, now: number) {
    const { db, peak } = levelOf(samples);
    if (db >= this.highest.db || now - this.highest.at > heldMs) this.highest = { db, peak, at: now };
    else if (peak > this.highest.peak) this.highest.peak = peak;
    this.level = { part: Math.max(0, Math.min(1, 1 - db / meterFloorDb)), loudness: loudnessOf(this.highest.db, this.highest.peak) };
    if (db >= silentDb || this.heardAt === null) this.heardAt = now;
    this.isFlat = now - this.heardAt >= flatAfterMs;
  }
}
