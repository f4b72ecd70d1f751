#!/usr/bin/python3
"""Pairwise skew between the channels of one raw s16le 48 kHz recording, to a fraction of a sample.

usage: skew.py REC.raw [channels] [--json]

Windows of 1 s every 0.5 s; the shift with the highest cross-correlation, refined by a parabola. Windows that are quiet
or do not resemble each other (correlation < 0.6) are left out and counted."""
import itertools
import json
import sys

import numpy as np

RATE = 48000
WINDOW = RATE
HOP = RATE // 2
MAX_LAG = RATE * 3 // 10


def shift(a, b):
    """Samples by which b lags a and how alike they are, or None."""
    a = a - a.mean()
    b = b - b.mean()
    if a.std() < 100 or b.std() < 100:
        return None
    size = 1 << (len(a) + MAX_LAG).bit_length()
    cross = np.fft.irfft(np.fft.rfft(b, size) * np.conj(np.fft.rfft(a, size)), size)
    cross = np.concatenate([cross[-MAX_LAG:], cross[: MAX_LAG + 1]])
    k = int(np.argmax(cross))
    alike = cross[k] / np.sqrt((a @ a) * (b @ b))
    if alike < 0.6:
        return None
    delta = 0.0
    if 0 < k < len(cross) - 1:
        left, mid, right = cross[k - 1 : k + 2]
        delta = (left - right) / (2 * (left - 2 * mid + right))
    return k + delta - MAX_LAG


def skews(x):
    """{(a, b): [(start_s, skew_ms), …]} over the channels that sound, and windows left out."""
    active = [c for c in range(x.shape[1]) if np.abs(x[:, c]).max(initial=0) > 200]
    pairs, left_out = {}, 0
    for a, b in itertools.combinations(active, 2):
        found = []
        for start in range(0, len(x) - WINDOW + 1, HOP):
            p, q = x[start : start + WINDOW, a], x[start : start + WINDOW, b]
            s = shift(p, q)
            if s is None:
                left_out += p.std() >= 100 or q.std() >= 100
            else:
                found.append((start / RATE, s / RATE * 1000))
        pairs[(a, b)] = found
    return pairs, int(left_out)


def main():
    args = [a for a in sys.argv[1:] if not a.startswith("--")]
    channels = int(args[1]) if len(args) > 1 else 4
    x = np.fromfile(args[0], dtype="<i2")
    x = x[: len(x) // channels * channels].reshape(-1, channels).astype(float)
    pairs, left_out = skews(x)
    everything = np.array([abs(s) for found in pairs.values() for _, s in found])
    if not len(everything):
        sys.exit("no two channels with the same sound")
    summary = {
        "windows": len(everything),
        "left_out": left_out,
        "p50_ms": float(np.percentile(everything, 50)),
        "p95_ms": float(np.percentile(everything, 95)),
        "max_ms": float(everything.max()),
        "first_second_max_ms": float(max((abs(found[0][1]) for found in pairs.values() if found), default=0)),
    }
    if "--json" in sys.argv:
        print(json.dumps(summary))
        return
    for (a, b), found in pairs.items():
        values = np.array([s for _, s in found])
        if len(values):
            print(f"{a}-{b}: n={len(values)} mean {values.mean():+.3f} std {values.std():.3f} |max| {np.abs(values).max():.3f} ms")
    print("skew p50 {p50_ms:.3f} p95 {p95_ms:.3f} max {max_ms:.3f} first second {first_second_max_ms:.3f} ms"
          " ({windows} windows, {left_out} left out)".format(**summary))


if __name__ == "__main__":
    main()
