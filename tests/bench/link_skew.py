#!/usr/bin/python3
"""Neighbours on a bad line with bad clocks: a real ward whose three loudspeakers sit behind 50 ± 20 ms each way with 5 %
of the packets lost; the machine clocks of two of them are set 400 ms early and late and run 100 ppm fast and slow.
Their sound is captured together.

usage: link_skew [plays, default 3] [seconds to settle before the first, default 300]

Wanted: skew p95 ≤ 10 ms. Root only (network namespaces); needs faketime, socat, ethtool, pulseaudio, espeak-ng, sox."""
import json
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
from sound_server import SoundServer

BIN = Path(os.environ["LOA_BIN_DIR"]).resolve()
CLOCKS = {"tdp-01": None, "tdp-02": "+0.4s x1.0001", "tdp-03": "-0.4s x0.9999"}
AHEAD_S = 30


class Office:
    """The ward's API, called from where the server is."""

    def __init__(self, link, folder, port):
        self.link, self.port = link, port
        self.token = Path(folder, "server/operator.token").read_text().strip()
        self.authority = Path(folder, "station/authority.pem")

    def call(self, method, path, body=None):
        command = ["curl", "-sS", "--fail-with-body", "--cacert", self.authority, "-X", method, "-H",
                   f"Authorization: Bearer {self.token}", f"https://localhost:{self.port}{path}"]
        if body is not None:
            command += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        return json.loads(subprocess.run(self.link.command_near(command), check=True, capture_output=True, text=True).stdout)


def main():
    plays = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    settle_s = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    with tempfile.TemporaryDirectory() as folder, SoundServer() as sound, BadLink(50, 20, 0.05) as link:
        running = []
        try:
            measure(plays, settle_s, Path(folder), sound, link, running)
        finally:
            for process in reversed(running):
                process.terminate()
            for process in running:
                process.wait()


def measure(plays, settle_s, folder, sound, link, running):
    wav = folder / "speech.wav"
    subprocess.run(["espeak-ng", "-v", "vi", "-w", str(folder / "spoken.wav"), TEXT * 3], check=True)
    subprocess.run(["sox", str(folder / "spoken.wav"), "-r", "48000", "-c", "1", str(wav), "trim", "0", str(SOUND_S)], check=True)
    http, broker = free_ports()
    ward = folder / "ward"
    # One run beside the server makes the ward: keys, books, clip, announcement.
    made = subprocess.run(link.command_near([BIN / "loa", "ward", "run", "--data", ward, "--web", folder, "--recording", wav, "--once",
                                             "--http-port", http, "--broker-port", broker]), env=dict(sound.environment, LOA_LANG="en"),
                          capture_output=True, text=True)
    if made.returncode:
        sys.exit(made.stdout + made.stderr)

    def start(command, name, env=sound.environment):
        running.append(subprocess.Popen(list(map(str, command)), env=env, stdout=open(folder / f"{name}.log", "w"), stderr=subprocess.STDOUT))

    start(link.command_near(["mosquitto", "-c", ward / "broker/mosquitto.conf"]), "broker")
    start(link.command_near([BIN / "loa-server", "--config", ward / "station/server.toml"]), "server")
    # The broker and the server listen to loopback only; the far side comes in by one more hop.
    for port in (http, broker):
        start(link.command_near(["socat", f"TCP-LISTEN:{port},bind={NEAR},fork,reuseaddr,nodelay", f"TCP:127.0.0.1:{port},nodelay"]), f"socat{port}")
    for i, (node, clock) in enumerate(CLOCKS.items()):
        config = ward / "nodes" / node / "node.toml"
        config.write_text(re.sub(r'(?m)^sink = .*$', f'sink = "pulse:n{i}"', re.sub(r'(?m)^record = .*$', 'record = ""', config.read_text())))
        command = [BIN / "loa-node", "--config", config]
        start(link.command_far((["faketime", "-f", clock] if clock else []) + command), node)
    time.sleep(5)
    office = Office(link, ward, http)
    announcement = office.call("GET", "/api/announcements")[-1]["announcement"]

    print(f"settling for {settle_s} s…", flush=True)
    time.sleep(settle_s)
    found = []
    for _ in range(plays):
        first = time.time() + AHEAD_S
        starts = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(first)))
        schedule = office.call("POST", "/api/schedules", {"announcement": announcement, "areas": ["phu-lien"], "volume_pct": 100,
                                                          "rule": {"kind": "once", "start": starts}})["schedule"]
        time.sleep(AHEAD_S - 5)
        raw = folder / "capture.raw"
        recorder = sound.capture(raw)
        time.sleep(SOUND_S + 8)
        recorder.kill()
        recorder.wait()
        x = np.fromfile(raw, dtype="<i2")
        pairs, _ = skew.skews(x[: len(x) // 4 * 4].reshape(-1, 4).astype(float))
        found += [abs(s) for each in pairs.values() for _, s in each]
        for _ in range(20):
            outcomes = office.call("GET", f"/api/outcomes?schedule={schedule}")
            if len(outcomes) == 3 and all(o["result"] for o in outcomes):
                break
            time.sleep(1)
        for o in outcomes:
            print(f"  {o['node']}: {o['result']} {o.get('reason') or ''} heard {o.get('heard_ms')} ms, clock {o.get('clock_state')} ± {o.get('clock_error_ms')} ms", flush=True)
    if os.environ.get("LOA_BENCH_LOGS"):
        subprocess.run(["cp", "-r", str(folder), os.environ["LOA_BENCH_LOGS"]], check=True)
    if not found:
        sys.exit("no two outputs with the same sound; logs:\n" + "\n".join((folder / f"{n}.log").read_text()[-2000:] for n in CLOCKS))
    print(f"link     50 ± 20 ms each way, {100 * link.lost / max(link.passed + link.lost, 1):.1f} % of {link.passed + link.lost} packets lost")
    print(f"skew     p50 {np.percentile(found, 50):.2f}  p95 {np.percentile(found, 95):.2f}  max {max(found):.2f} ms"
          f"  ({len(found)} windows, {plays} plays; p95 at most 10)")


if __name__ == "__main__":
    main()
