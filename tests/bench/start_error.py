#!/usr/bin/python3
"""How exactly a play begins: plays of one second on four outputs of a silent sound server, the error of the first sample
as the player measures it, idle and with every processor loaded.

usage: start_error [plays, default 200] [lead-in ms, default 4000]

Four play at a time, each in its own process; 200 take about ten minutes idle and ten loaded. Wanted: 99 of 100 within
5 ms idle, within 20 ms loaded. The sound of the four is captured together: how far they are apart must agree with
what they say of themselves."""
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import skew
from sound_server import SoundServer

PLAY_ONCE = Path(os.environ["LOA_BIN_DIR"], "../tests/bin/play_once").resolve()
OUTPUTS = 4
OPEN_AHEAD_MS = 7000


def make_clip(folder):
    wav, clip = Path(folder, "noise.wav"), Path(folder, "noise.opus")
    subprocess.run(["sox", "-n", "-r", "48000", "-c", "1", "-b", "16", str(wav), "synth", "1.2", "pinknoise", "gain", "-n", "-3"],
                   check=True)
    subprocess.run(["opusenc", "--quiet", "--bitrate", "64", str(wav), str(clip)], check=True)
    return clip


def one_batch(server, folder, clip, lead_in_ms):
    raw = Path(folder, "capture.raw")
    recorder = server.capture(raw)
    start = time.time_ns() // 1000 + (lead_in_ms + OPEN_AHEAD_MS) * 1000
    players = [subprocess.Popen([str(PLAY_ONCE), "--clip", str(clip), "--sink", f"pulse:n{i}", "--start-us", str(start),
                                 "--lead-in-ms", str(lead_in_ms), "--id", f"n{i}"], env=server.environment,
                                stdout=subprocess.PIPE, text=True) for i in range(OUTPUTS)]
    said = {}
    for i, player in enumerate(players):
        for line in player.communicate()[0].splitlines():
            event = json.loads(line)
            if event["event"] == "started":
                said[i] = event["start_error_us"] / 1000
    time.sleep(0.5)
    recorder.kill()
    recorder.wait()
    x = np.fromfile(raw, dtype="<i2")
    x = x[: len(x) // OUTPUTS * OUTPUTS].reshape(-1, OUTPUTS).astype(float)
    return said, heard_apart(x)


def heard_apart(x):
    """Each output against output 0, in ms, over the second that sounds."""
    sounding = np.flatnonzero(np.abs(x[:, 0]) > 200)
    if not len(sounding):
        return {}
    window = slice(max(sounding[0] - skew.MAX_LAG, 0), sounding[0] + skew.RATE)
    found = {i: skew.shift(x[window, 0], x[window, i]) for i in range(1, x.shape[1])}
    return {i: lag / skew.RATE * 1000 for i, lag in found.items() if lag is not None}


def measure(name, limit_ms, plays, lead_in_ms, clip, folder):
    errors, disagreement, lost = [], [], 0
    for _ in range((plays + OUTPUTS - 1) // OUTPUTS):
        with SoundServer() as server:
            said, apart = one_batch(server, folder, clip, lead_in_ms)
        errors += said.values()
        lost += OUTPUTS - len(said)
        disagreement += [abs(apart[i] - (said[i] - said[0])) for i in apart if i in said and 0 in said]
    size = np.abs(errors)
    print(f"{name:8} {len(errors)} plays: |error| p50 {np.percentile(size, 50):.3f}  p95 {np.percentile(size, 95):.3f}"
          f"  p99 {np.percentile(size, 99):.3f}  max {size.max():.3f} ms (p99 at most {limit_ms}), {lost} did not begin;"
          f" heard against said: p95 {np.percentile(disagreement, 95):.3f} ms", flush=True)


def main():
    plays = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    lead_in_ms = int(sys.argv[2]) if len(sys.argv) > 2 else 4000
    with tempfile.TemporaryDirectory() as folder:
        clip = make_clip(folder)
        measure("idle", 5, plays, lead_in_ms, clip, folder)
        load = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count())]
        try:
            measure("loaded", 20, plays, lead_in_ms, clip, folder)
        finally:
            for process in load:
                process.kill()
                process.wait()


if __name__ == "__main__":
    main()
