// A finished recording, as the pages have it.
import type { Cut } from './cut';
import { cutSamples, isCut, writeWav } from './cut';
import type { Fault } from './quality';
import type { Kept } from './shelf';

export interface Take {
  kept: Kept;
  sound: Blob; // what is to be uploaded, cut as wished
  durationMs: number;
  faults: Fault[];
}

// Enough for a voice, and a third less to send than 48 kHz.
export const rateOfTakes = 32_000;


export async function decode(sound: Blob): Promise<Float32Array> {
  const buffer = await new OfflineAudioContext(1, 1, rateOfTakes).decodeAudioData(await sound.arrayBuffer());
  const mono = buffer.getChannelData(0);
  for (let channel = 1; channel < buffer.numberOfChannels; channel++) buffer.getChannelData(channel).forEach((x, at) => (mono[at]! += x));
  if (buffer.numberOfChannels > 1) for (let at = 0; at < mono.length; at++) mono[at]! /= buffer.numberOfChannels;
  return mono;
}

export const soundToSend = (whole: Blob, samples: Float32Array, cut: Cut) =>
  isCut(cut, (samples.length / rateOfTakes) * 1000) ? new Blob([writeWav(cutSamples(samples, rateOfTakes, cut), rateOfTakes)], { type: 'audio/wav' }) : whole;
