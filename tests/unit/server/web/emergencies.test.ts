import { isExercise, needsKey, preparedOf } from '../../../../server/web/src/emergencies';
import { Holding } from '../../../../server/web/src/hold';

const of = (title: string, more = {}) => ({ announcement: title, title, transcript: '', class: 'emergency', state: 'approved', ...more }) as never;

describe('prepared messages', () => {
  const all = [of('Bão cấp 12'), of('Diễn tập báo bão'), of('Thường', { class: 'normal' }), of('Chờ duyệt', { state: 'submitted' }), of('Lũ', { transcript: 'Đây là DIỄN TẬP, không phải thật.' })];
  const titles = (exercise: boolean) => preparedOf(all, exercise).map(({ title }) => title);

  it('are approved, of the class, and never an exercise as the real thing', () => {
    expect(titles(false)).toEqual(['Bão cấp 12']);
  });
  it('of an exercise say so, in title or text', () => {
    expect(titles(true)).toEqual(['Diễn tập báo bão', 'Lũ']);
    expect(isExercise({ title: 'Fire exercise', transcript: '' })).toBe(true);
  });
});

describe('what a key opens', () => {
  it.each(['air.forbidden', 'air.too_loud', 'emergency.wrong_pin'])('%s asks for the PIN', (code) => expect(needsKey(code)).toBe(true));
  it('nothing else does', () => expect(needsKey('announcement.not_approved')).toBe(false));
});

describe('holding', () => {
  it('is through once, after its time, and starts anew', () => {
    const hold = new Holding(2000);
    expect(hold.tick(0)).toBe(false);
    hold.press(100);
    hold.press(500);
    expect(hold.tick(1100)).toBe(false);
    expect(hold.part).toBeCloseTo(0.5);
    expect(hold.tick(2100)).toBe(true);
    expect(hold.tick(4200)).toBe(false);
    expect(hold.isHeld).toBe(false);
  });
  it('let go is forgotten', () => {
    const hold = new Holding(2000);
    hold.press(0);
    hold.tick(1900);
    hold.release();
    expect(hold.part).toBe(0);
    hold.press(2000);
    expect(hold.tick(3900)).toBe(false);
  });
});
