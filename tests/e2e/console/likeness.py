#!/usr/bin/env python3
"""likeness.py <spoken.wav> <heard.wav>: how much of what was spoken is in what was heard, from -1 to 1.

Both are made into the loudness of twelve bands between 300 Hz and 4 kHz, every 10 ms; what is spoken is moved along what
was heard, and the best correlation is told. Loudness, an equaliser or a codec between them change it little; other words
in the same voice do not come near."""

import sys
import wave

import numpy

RATE = 16_000
STEP = RATE // 100
BANDS = numpy.geomspace(300, 4000, 13)
QUIET = 1e-7  # under this a band is silent: -70 dBFS


def read(name):
    with wave.open(name) as sound:
        if sound.getsampwidth() != 2:
            raise SystemExit(f"{name}: not 16 bits")
        samples = numpy.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2").astype(float) / 32768
        samples = samples.reshape(-1, sound.getnchannels()).mean(axis=1)
        seconds = len(samples) / sound.getframerate()
    return numpy.interp(numpy.arange(int(seconds * RATE)) / RATE, numpy.arange(len(samples)) * seconds / max(1, len(samples)),
                        samples) if len(samples) else samples


def bands(samples):
    size = 2 * STEP
    if len(samples) < size:
        return numpy.zeros((0, len(BANDS) - 1))
    frames = numpy.lib.stride_tricks.sliding_window_view(samples, size)[::STEP] * numpy.hanning(size)
    power = numpy.abs(numpy.fft.rfft(frames, 512)) ** 2 / size
    pitch = numpy.fft.rfftfreq(512, 1 / RATE)
    return numpy.stack([power[:, (pitch >= low) & (pitch < high)].mean(axis=1) for low, high in zip(BANDS, BANDS[1:])], axis=1)


def loudness(power):
    return numpy.log(numpy.maximum(power, QUIET))


def likeness(spoken, heard):
    if len(heard) < len(spoken) or not len(spoken):
        return 0.0
    wanted = spoken - spoken.mean(axis=0)
    best = 0.0
    for at in range(len(heard) - len(spoken) + 1):
        there = heard[at:at + len(spoken)]
        there = there - there.mean(axis=0)
        norm = numpy.sqrt((wanted**2).sum() * (there**2).sum())
        if norm > 1e-6:
            best = max(best, float((wanted * there).sum() / norm))
    return best


if __name__ == "__main__":
    print(round(likeness(*(loudness(bands(read(name))) for name in sys.argv[1:3])), 4))
