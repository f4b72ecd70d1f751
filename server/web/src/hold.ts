// A gesture that nobody makes by accident: pressed and held. Pure apart from the clock that is handed in.
export class Holding {
  private since: number | null = null;
  private now = 0;
  constructor(readonly neededMs: number) {}

  press(now: number) {
    this.since ??= now;
    this.now = now;
  }
  // Whether it is through; it has to be pressed anew for another time.
  tick(now: number): boolean {
    this.now = now;
    if (this.since === null || now - this.since < this.neededMs) return false;
    this.since = null;
    return true;
  }
  release() {
    this.since = null;
  }
  get isHeld() {
    return this.since !== null;
  }
  // 0…1 of the time that is needed.
  get part() {
    return this.since === null ? 0 : Math.min(1, (this.now - this.since) / this.neededMs);
  }
}
