import { Meter } from '../../../../server/web/src/sound/meter';
import { Flow, Resampler, brokenAfterMs, countOf, lineRate, packetMessage, samplesMessage, slowAfterMs } from '../../../../server/web/src/sound/speech';

it('marks a packet and samples by their first octet', () => {
  expect([...packetMessage(Uint8Array.of(7, 8))]).toEqual([0, 7, 8]);
  expect([...samplesMessage(Float32Array.of(0, 1, -1, 2, 0.5))]).toEqual([1, 0, 0, 0xff, 0x7f, 0, 0x80, 0xff, 0x7f, 0, 0x40]);
});
it('leaves sound of the right rate alone', () => {
  const piece = Float32Array.of(0.1, 0.2);
  expect(new Resampler(lineRate).take(piece)).toBe(piece);
});
it('keeps a tone of another rate whole over the seams of its pieces', () => {
  const rate = 44_100;
  const size = 882;
  const hz = 440;
  const resampler = new Resampler(rate);
  const out: number[] = [];
  for (let piece = 0; piece < 50; piece++) out.push(...resampler.take(Float32Array.from({ length: size }, (_, at) => Math.sin((2 * Math.PI * hz * (piece * size + at)) / rate))));
  expect(Math.abs(out.length - lineRate)).toBeLessThan(3);
  const worst = Math.max(...out.map((x, at) => Math.abs(x - Math.sin((2 * Math.PI * hz * at) / lineRate))));
  expect(worst).toBeLessThan(0.002);
});
it('calls a line slow, then broken, that takes nothing', () => {
  const flow = new Flow(0);
  expect(flow.judge(500, slowAfterMs - 1)).toBe('good');
  expect(flow.judge(500, slowAfterMs + 1)).toBe('slow');
  expect(flow.judge(0, slowAfterMs + 2)).toBe('good');
  expect(flow.judge(500, slowAfterMs + 2 + brokenAfterMs + 1)).toBe('broken');
});
it('counts down to three, two, one, none', () => {
  expect([2001, 2000, 1, 0, -5].map(countOf)).toEqual([3, 2, 1, 0, 0]);
});
it('calls a microphone flat after three seconds without a voice, and hears the next word', () => {
  const meter = new Meter();
  const voice = Float32Array.from({ length: 960 }, (_, at) => 0.2 * Math.sin(at / 10));
  const silence = new Float32Array(960);
  meter.add(voice, 0);
  expect(meter.level.loudness).toBe('right');
  meter.add(silence, 1000);
  expect([meter.level.loudness, meter.isFlat]).toEqual(['right', false]);
  meter.add(silence, 3000);
  expect([meter.level.loudness, meter.isFlat]).toEqual(['none', true]);
  meter.add(voice, 3020);
  expect(meter.isFlat).toBe(false);
});
