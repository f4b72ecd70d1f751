import { addDays, dayOf, exactTimeOf, instantOf, lengthOf, timeOf, whenOf } from '../../../../server/web/src/format';
import { language } from '../../../../server/web/src/language';

describe('the ward’s clock', () => {
  beforeEach(() => {
    language.value = 'vi';
  });
  it('tells the ward’s time wherever the browser stands', () => {
    expect(timeOf('2026-11-23T17:30:00Z')).toBe('00:30');
    expect(exactTimeOf('2026-11-23T17:30:05Z')).toBe('00:30:05');
    expect(dayOf('2026-11-23T17:00:00Z')).toBe('2026-11-24');
    expect(dayOf('2026-11-23T16:59:59Z')).toBe('2026-11-23');
  });
  it('counts days over the ends of months and years', () => {
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
    expect(addDays('2026-03-01', -1)).toBe('2026-02-28');
  });
  it('makes the instant of a day and a time of the ward', () => {
    expect(instantOf('2026-11-24', '06:00').toISOString()).toBe('2026-11-23T23:00:00.000Z');
    expect(instantOf('2026-11-24', '06:00:30').toISOString()).toBe('2026-11-23T23:00:30.000Z');
  });
  it('speaks the chosen language', () => {
    expect(whenOf('2026-11-24T01:05:00Z')).toBe('08:05 Thứ Ba 24/11/2026');
    language.value = 'en';
    expect(whenOf('2026-11-24T01:05:00Z')).toBe('08:05 Tuesday 24/11/2026');
  });
});

describe('lengths', () => {
  it.each([
    [0, '0:00'],
    [999, '0:01'],
    [75_000, '1:15'],
    [600_000, '10:00'],
    [3_600_000, '1:00:00'],
    [-5, '0:00'],
  ])('%i ms is %s', (ms, said) => {
    expect(lengthOf(ms)).toBe(said);
  });
});
