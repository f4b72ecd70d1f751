// How a horn on a mast will sound it: little below 400 Hz and above 4 kHz, each edge of the fourth order.
export const hornFromHz = 400;
export const hornToHz = 4000;
// Butterworth of the fourth order as two of the second.
const halves = [0.5412, 1.3066];

export function hornChain(context: BaseAudioContext): { input: AudioNode; output: AudioNode } {
  const edges = (['highpass', 'lowpass'] as const).flatMap((type) =>
    halves.map((q) => {
      const edge = context.createBiquadFilter();
      edge.type = type;
      edge.frequency.value = type === 'highpass' ? hornFromHz : hornToHz;
      edge.Q.value = 20 * Math.log10(q); // of these two types in decibels
      return edge;
    }),
  );
  edges.reduce((before, edge) => {
    before.connect(edge);
    return edge;
  });
  // As loud as before, for what is left of the voice: it is the timbre that is compared.
  const gain = context.createGain();
  gain.gain.value = 1.6;
  edges.at(-1)!.connect(gain);
  return { input: edges[0]!, output: gain };
}
