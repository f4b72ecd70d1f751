#!/usr/bin/python3
"""How far neighbours are apart: three players, each its own process and output, play 20 s of one clip at one planned
instant; their sound is captured together, to the sample. Beside them, in the same rig, three snapclients.

usage: playout_skew [rounds, default 3] [lead-in ms, default 4000]

Pairwise skew in windows of 1 s; wanted p95 ≤ 0.5 ms, max ≤ 1 ms from the first second on, and p95 ≤ Snapcast's. Needs an
idle machine, pulseaudio, opus-tools, espeak-ng; Snapcast's part is left out where snapserver is not installed."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import skew
from sound_server import SoundServer

PLAY_ONCE = Path(os.environ["LOA_BIN_DIR"], "../tests/bin/play_once").resolve()
TEXT = ("Kính chào toàn thể bà con nhân dân. Hôm nay Ủy ban nhân dân phường thông báo lịch tiếp công dân, lịch tiêm chủng"
        " và lịch thu gom rác của các tổ dân phố. Kính mời bà con theo dõi chương trình phát thanh buổi sáng. ")
SOUND_S = 20
OPEN_AHEAD_S = 7


def speech(folder):
    spoken, wav, clip = (Path(folder, name) for name in ("spoken.wav", "speech.wav", "speech.opus"))
    subprocess.run(["espeak-ng", "-v", "vi", "-w", str(spoken), TEXT * 3], check=True)
    subprocess.run(["sox", str(spoken), "-r", "48000", "-c", "1", "-b", "16", str(wav), "trim", "0", str(SOUND_S), "gain",
                    "-n", "-3"], check=True)
    subprocess.run(["opusenc", "--quiet", "--bitrate", "24", str(wav), str(clip)], check=True)
    return wav, clip


def captured(server, folder, during):
    raw = Path(folder, "capture.raw")
    recorder = server.capture(raw)
    during()
    time.sleep(2.5)
    recorder.kill()
    recorder.wait()
    x = np.fromfile(raw, dtype="<i2")
    return x[: len(x) // 4 * 4].reshape(-1, 4).astype(float)


def our_round(server, folder, clip, lead_in_ms):
    errors = []

    def play():
        start = time.time_ns() // 1000 + (lead_in_ms + OPEN_AHEAD_S * 1000) * 1000
        players = [subprocess.Popen([str(PLAY_ONCE), "--clip", str(clip), "--sink", f"pulse:n{i}", "--start-us", str(start),
                                     "--lead-in-ms", str(lead_in_ms), "--id", f"n{i}"], env=server.environment,
                                    stdout=subprocess.PIPE, text=True) for i in range(3)]
        for player in players:
            events = [json.loads(line) for line in player.communicate()[0].splitlines()]
            errors.extend(e["start_error_us"] / 1000 for e in events if e["event"] == "started")

    return captured(server, folder, play), errors


def snapcast_round(server, folder, wav):
    pipe = Path(folder, "snapfifo")
    subprocess.run(["rm", "-f", str(pipe)], check=True)
    os.mkfifo(pipe)
    config = Path(folder, "snapserver.conf")
    config.write_text(f"[server]\ndatadir = {folder}\n[http]\nenabled = false\n[tcp]\nenabled = false\n"
                      f"[stream]\nbind_to_address = 127.0.0.1\nport = 41704\ncodec = pcm\n"
                      f"source = pipe://{pipe}?name=ward&sampleformat=48000:16:1&mode=read\n")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    snapserver = subprocess.Popen(["snapserver", "-c", str(config)], env=server.environment, **quiet)
    time.sleep(1)
    clients = [subprocess.Popen(["snapclient", "-h", "127.0.0.1", "-p", "41704", "--player", "pulse", "-s", f"n{i}",
                                 "--hostID", f"n{i}", "-i", str(i + 1)], env=server.environment, **quiet) for i in range(3)]

    def play():
        time.sleep(3)
        subprocess.run(["sox", str(wav), "-t", "raw", str(pipe), "pad", "1", "2"], check=True)
        time.sleep(3)

    try:
        return captured(server, folder, play)
    finally:
        for process in clients + [snapserver]:
            process.kill()
            process.wait()


def summary(name, rounds):
    values = [abs(s) for pairs in rounds for found in pairs.values() for _, s in found]
    first = [abs(found[0][1]) for pairs in rounds for found in pairs.values() if found]
    if not values:
        print(f"{name:10} no two outputs with the same sound")
        return
    print(f"{name:10} skew p50 {np.percentile(values, 50):.3f}  p95 {np.percentile(values, 95):.3f}  max {max(values):.3f}"
          f"  first second max {max(first):.3f} ms   ({len(values)} windows, {len(rounds)} rounds)")


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    lead_in_ms = int(sys.argv[2]) if len(sys.argv) > 2 else 4000
    with tempfile.TemporaryDirectory() as folder:
        wav, clip = speech(folder)
        ours, errors, theirs = [], [], []
        for _ in range(rounds):
            with SoundServer() as server:
                capture, measured = our_round(server, folder, clip, lead_in_ms)
                ours.append(skew.skews(capture)[0])
                errors += measured
            if shutil.which("snapserver"):
                with SoundServer() as server:
                    theirs.append(skew.skews(snapcast_round(server, folder, wav))[0])
        summary("loa", ours)
        if theirs:
            summary("snapcast", theirs)
        print(f"loa        start error as reported: worst {max(map(abs, errors)):.3f} ms of {len(errors)}")
        print(f"load       {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors at the end")


if __name__ == "__main__":
    main()
