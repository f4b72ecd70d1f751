#!/usr/bin/python3
"""From a microphone to three loudspeakers, live: a voice plays into one output of a silent device, whose monitor is the
microphone of `loa speak`; three real loudspeakers play into the other outputs. All four are captured together, so the
microphone and what comes out are on one clock. Beside it, in the same rig, the same microphone through Snapcast with its
default buffer.

usage: live_latency [rounds, default 3] [bad]

With `bad` the loudspeakers sit behind 20 ± 10 ms each way with 5 % of the packets lost (root only: network namespaces),
and Snapcast is left out. Gaps are counted: windows of 10 ms without sound where the microphone has it. Wanted: latency p95 ≤ 400 ms, skew p95 ≤ 1 ms; `bad`: at most one gap a minute. Needs an idle machine, pulseaudio,
opus-tools, espeak-ng, sox; Snapcast's part is left out where snapserver is not installed."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np

import skew
from bad_link import NEAR, BadLink
from node_playing import free_ports
from playout_skew import speech
from real_ward import BIN, NODES, RealWard
from sound_server import SoundServer

MICROPHONE = "n3"
RATE = 48000
WINDOW = RATE
LONGEST = 2 * RATE  # of latency


def lag(a, b):
    """Milliseconds by which b's loudness follows a's, 0…LONGEST, or None. Loudness, because a speech coder keeps how a
    voice sounds and not its waveform."""
    a, b = (np.abs(each[: len(each) // 48 * 48]).reshape(-1, 48).mean(axis=1) for each in (a, b))
    if a.std() < 30 or b.std() < 30:
        return None
    parts = [b[k : k + len(a)] for k in range(len(b) - len(a))]
    alike = [np.corrcoef(a, part)[0, 1] if part.std() > 1 else 0.0 for part in parts]
    k = int(np.argmax(alike))
    return k if alike[k] > 0.7 else None


def latencies(x):
    found = []
    for channel in range(3):
        for start in range(0, len(x) - WINDOW - LONGEST, WINDOW // 2):
            k = lag(x[start : start + WINDOW, 3], x[start : start + WINDOW + LONGEST, channel])
            if k is not None:
                found.append(k)
    return found


def gaps(x, latency_ms):
    """Silences of at least 10 ms, within the speech, at a loudspeaker where the microphone had none; and minutes heard."""
    shift = int(latency_ms * RATE / 1000)
    step = RATE // 100
    count, heard = 0, 0
    for channel in range(3):
        was_gap = False
        for start in range(0, len(x) - shift - step, step):
            spoken = np.abs(x[start : start + step, 3]).max()
            out = np.abs(x[start + shift : start + shift + step, channel]).max()
            if spoken > 3000:
                heard += 1
                is_gap = out < 60
                count += is_gap and not was_gap
                was_gap = is_gap
    return count, heard / 100 / 60


def captured(server, folder, wav, speaking):
    """Everything from the first word of the microphone to its last."""
    raw = Path(folder, "capture.raw")
    microphone = subprocess.Popen(["parec", "-d", f"{MICROPHONE}.monitor", "--raw", "--format=s16le", "--rate=48000", "--channels=1",
                                   "--latency-msec=10"], env=server.environment, stdout=subprocess.PIPE)
    listener = speaking(microphone.stdout)
    recorder = server.capture(raw)
    subprocess.run(["paplay", "-d", MICROPHONE, str(wav)], env=server.environment, check=True)
    time.sleep(2.5)
    recorder.kill()
    recorder.wait()
    microphone.kill()
    microphone.wait()
    listener()
    x = np.fromfile(raw, dtype="<i2")
    return x[: len(x) // 4 * 4].reshape(-1, 4).astype(float)


def our_round(server, folder, wav, ward):
    def speaking(microphone):
        speaker = subprocess.Popen(ward.near([BIN / "loa", "speak", "--input", "-", "--title", "bench", "--all", "--volume", "100", "--server",
                                    f"https://localhost:{ward.http}", "--authority", ward.folder / "station/authority.pem", "--token",
                                    ward.folder / "office/operator.token"]), env=ward.environment, stdin=microphone, stdout=subprocess.PIPE,
                                   text=True)
        line = speaker.stdout.readline()
        time.sleep(int(re.search(r"in (\d+) seconds", line).group(1)) + 1)

        def end():
            speaker.wait(timeout=30)
        return end

    return captured(server, folder, wav, speaking)


def snapcast_round(server, folder, wav):
    pipe = Path(folder, "snapfifo")
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    config = Path(folder, "snapserver.conf")
    config.write_text(f"[server]\ndatadir = {folder}\n[http]\nenabled = false\n[tcp]\nenabled = false\n"
                      f"[stream]\nbind_to_address = 127.0.0.1\nport = 41704\n"
                      f"source = pipe://{pipe}?name=ward&sampleformat=48000:16:1&mode=read\n")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = []

    def speaking(microphone):
        started.append(subprocess.Popen(["snapserver", "-c", str(config)], env=server.environment, **quiet))
        time.sleep(1)
        started.append(subprocess.Popen(["sh", "-c", f"cat > {pipe}"], stdin=microphone))
        for i in range(3):
            started.append(subprocess.Popen(["snapclient", "-h", "127.0.0.1", "-p", "41704", "--player", "pulse", "-s", f"n{i}", "--hostID",
                                             f"n{i}", "-i", str(i + 1)], env=server.environment, **quiet))
        time.sleep(4)

        def end():
            for process in reversed(started):
                process.kill()
                process.wait()
        return end

    return captured(server, folder, wav, speaking)


def summary(name, rounds):
    late = [ms for x in rounds for ms in latencies(x)]
    apart = [abs(s) for x in rounds for found in skew.skews(x[:, :3])[0].values() for _, s in found]
    if not late or not apart:
        print(f"{name:10} nothing heard")
        return 0.0
    print(f"{name:10} latency p50 {np.percentile(late, 50):.0f}  p95 {np.percentile(late, 95):.0f}  max {max(late):.0f} ms"
          f"   skew p50 {np.percentile(apart, 50):.3f}  p95 {np.percentile(apart, 95):.3f}  max {max(apart):.3f} ms"
          f"   ({len(late)} windows, {len(rounds)} rounds)")
    return float(np.percentile(late, 50))


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    is_bad = "bad" in sys.argv
    with tempfile.TemporaryDirectory() as folder, SoundServer() as server, BadLink(20, 10, 0.05) if is_bad else nullcontext() as link:
        wav, _ = speech(folder)
        http, broker = free_ports()
        near = link.command_near if is_bad else list
        with RealWard(Path(folder, "ward"), wav, http, broker, server.environment, near) as ward:
            for port in (http, broker) if is_bad else ():
                ward.commands[f"hop-{port}"] = near(
                    ["socat", f"TCP-LISTEN:{port},bind={NEAR},fork,reuseaddr,nodelay", f"TCP:127.0.0.1:{port},nodelay"])
            for i, node in enumerate(NODES):
                config = ward.config_of(node)
                text = re.sub(r"(?m)^sink = .*$", f'sink = "pulse:n{i}"', config.read_text())
                config.write_text(re.sub(r"(?m)^record = .*$", 'record = ""', text))
                if is_bad:
                    ward.commands[node] = link.command_far(ward.commands[node])
            for name in ward.commands:
                ward.start(name)
            time.sleep(40 if is_bad else 15)
            ours = [our_round(server, folder, wav, ward) for _ in range(rounds)]
            time.sleep(3)
            for air in ward.call("GET", "/api/air")["airs"]:
                for o in ward.call("GET", f"/api/air/{air['play']}")["outcomes"]:
                    print(f"  {o['node']}: {o['result']} {o['reason']} heard {o['heard_ms']} ms, lost {o['lost_ms']} ms")
        ours_ms = summary("loa", ours)
        counts = [gaps(x, ours_ms) for x in ours]
        print(f"loa        {sum(c for c, _ in counts)} gaps in {sum(m for _, m in counts):.1f} minutes of speech")
        if is_bad:
            print(f"link       20 ± 10 ms each way, {100 * link.lost / max(link.passed + link.lost, 1):.1f} % of {link.passed + link.lost} packets lost")
        elif shutil.which("snapserver"):
            theirs_ms = summary("snapcast", [snapcast_round(server, folder, wav) for _ in range(rounds)])
            if theirs_ms:
                print(f"ratio      {ours_ms / theirs_ms:.2f} of Snapcast's latency")
        print(f"load       {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors at the end")


if __name__ == "__main__":
    main()
