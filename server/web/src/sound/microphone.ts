// The microphone, or plainly why there is none.
export type NoMicrophone = 'insecure' | 'unsupported' | 'refused' | 'missing' | 'in_use' | 'other';

export interface Surroundings {
  isSecure: boolean;
  hasMicrophones: boolean; // navigator.mediaDevices
  hasRecorder: boolean; // MediaRecorder
}
export const surroundings = (): Surroundings => ({
  isSecure: window.isSecureContext,
  hasMicrophones: Boolean(navigator.mediaDevices?.getUserMedia),
  hasRecorder: typeof MediaRecorder !== 'undefined',
});

// What can be known before anything is asked for.
export function whyNever(here: Surroundings): NoMicrophone | null {
  if (!here.isSecure) return 'insecure';
  return here.hasMicrophones && here.hasRecorder ? null : 'unsupported';
}

// By the names of W3C Media Capture, 10.1.
export function whyRefused(name: string): NoMicrophone {
  if (name === 'NotAllowedError' || name === 'SecurityError' || name === 'PermissionDeniedError') return 'refused';
  if (name === 'NotFoundError' || name === 'OverconstrainedError' || name === 'DevicesNotFoundError') return 'missing';
  if (name === 'NotReadableError' || name === 'AbortError' || name === 'TrackStartError') return 'in_use';
  return 'other';
}

export class MicrophoneError extends Error {
  constructor(
    readonly why: NoMicrophone,
    readonly detail: string,
  ) {
    super(why);
  }
}

export async function openMicrophone(): Promise<MediaStream> {
  const never = whyNever(surroundings());
  if (never) throw new MicrophoneError(never, '');
  try {
    // One voice near the microphone: nothing of it comes back from a loudspeaker, so there is no echo to take out.
    return await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: false, noiseSuppression: true, autoGainControl: true } });
  } catch (failure) {
    throw new MicrophoneError(whyRefused(failure instanceof DOMException ? failure.name : ''), String(failure));
  }
}

// What this browser can record, the best for speech first; Safari knows only mp4.
const types = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4'];
export const recorderType = (isSupported: (type: string) => boolean) => types.find(isSupported) ?? '';
