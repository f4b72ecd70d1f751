#!/usr/bin/python3
"""Neighbours on a bad line with bad clocks: a real ward whose three loudspeakers sit behind 50 ± 20 ms each way with 5 %
of the packets lost; the machine clocks of two of them are set 400 ms early and late and run 100 ppm fast and slow.
Their sound is captured together.

usage: link_skew [plays, default 3] [seconds to settle before the first, default 300]

Wanted: skew p95 ≤ 10 ms. Root only (network namespaces); needs faketime, socat, ethtool, pulseaudio, espeak-ng, sox."""
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import skew
from bad_link import NEAR, BadLink
from node_playing import free_ports
from playout_skew import SOUND_S, TEXT
from real_ward import NODES, RealWard
from sound_server import SoundServer

CLOCKS = {"tdp-01": None, "tdp-02": "+0.4s x1.0001", "tdp-03": "-0.4s x0.9999"}
AHEAD_S = 30


def main():
    plays = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    settle_s = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    with tempfile.TemporaryDirectory() as folder, SoundServer() as sound, BadLink(50, 20, 0.05) as link:
        recording = Path(folder, "speech.wav")
        subprocess.run(["espeak-ng", "-v", "vi", "-w", f"{folder}/spoken.wav", TEXT * 3], check=True)
        subprocess.run(["sox", f"{folder}/spoken.wav", "-r", "48000", "-c", "1", str(recording), "gain", "-3", "trim", "0", str(SOUND_S)],
                       check=True)
        http, broker = free_ports()
        with RealWard(Path(folder, "ward"), recording, http, broker, sound.environment, link.command_near) as ward:
            # The broker and the server listen to loopback only; the far side comes in by one more hop.
            for port in (http, broker):
                ward.commands[f"hop-{port}"] = link.command_near(
                    ["socat", f"TCP-LISTEN:{port},bind={NEAR},fork,reuseaddr,nodelay", f"TCP:127.0.0.1:{port},nodelay"])
            for i, node in enumerate(NODES):
                config = ward.config_of(node)
                text = re.sub(r"(?m)^sink = .*$", f'sink = "pulse:n{i}"', config.read_text())
                config.write_text(re.sub(r"(?m)^record = .*$", 'record = ""', text))
                clock = ["faketime", "-f", CLOCKS[node]] if CLOCKS[node] else []
                ward.commands[node] = link.command_far(clock + ward.commands[node])
            for name in ward.commands:
                ward.start(name)
            print(f"settling for {settle_s} s…", flush=True)
            time.sleep(settle_s)
            measure(plays, Path(folder, "capture.raw"), sound, link, ward)


def measure(plays, raw, sound, link, ward):
    found = []
    for _ in range(plays):
        start = time.time() + AHEAD_S
        schedule = ward.schedule(start)
        time.sleep(AHEAD_S - 5)
        recorder = sound.capture(raw)
        time.sleep(SOUND_S + 8)
        recorder.kill()
        recorder.wait()
        x = np.fromfile(raw, dtype="<i2")
        pairs, _ = skew.skews(x[: len(x) // 4 * 4].reshape(-1, 4).astype(float))
        found += [abs(s) for each in pairs.values() for _, s in each]
        for o in ward.outcomes(schedule):
            print(f"  {o['node']}: {o['result']} {o.get('reason') or ''} heard {o.get('heard_ms')} ms, clock {o.get('clock_state')}"
                  f" ± {o.get('clock_error_ms')} ms", flush=True)
    if not found:
        sys.exit("no two outputs with the same sound")
    print(f"link     50 ± 20 ms each way, {100 * link.lost / max(link.passed + link.lost, 1):.1f} % of {link.passed + link.lost} packets lost")
    print(f"skew     p50 {np.percentile(found, 50):.2f}  p95 {np.percentile(found, 95):.2f}  max {max(found):.2f} ms"
          f"  ({len(found)} windows, {plays} plays; p95 at most 10)")


if __name__ == "__main__":
    main()
