// What may be sounded as an emergency, and what only as an exercise: an exercise says that it is one, so its words must.
import type { Schemas } from './api/client';

type Announcement = Schemas['Announcement'];

const saysExercise = /diễn tập|exercise/i;
export const isExercise = ({ title, transcript }: Pick<Announcement, 'title' | 'transcript'>) => saysExercise.test(title) || saysExercise.test(transcript);

export const preparedOf = (all: readonly Announcement[], exercise: boolean) =>
  all.filter((each) => each.class === 'emergency' && each.state === 'approved' && isExercise(each) === exercise);

// The server's codes for an emergency that only a key lets sound.
export const needsKey = (code: string) => code === 'air.forbidden' || code === 'air.too_loud' || code.startsWith('emergency.');
