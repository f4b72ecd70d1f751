#!/usr/bin/env python3
"""What a loudspeaker's agent costs: the real loa-node of a real ward, connected and with a plan, idle and while it plays
to one output of a silent sound server; gst-launch-1.0 plays the same clip to another output at the same time. Prints
idle CPU (to be at most 0.2 %), the ratio of processor seconds while playing (at most 1.5) and memory (at most 30 MB).

usage: node_playing [seconds of sound, default 60]

Needs gstreamer1.0-tools, pulseaudio, sox."""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sound_server import SoundServer

BIN = Path(os.environ["LOA_BIN_DIR"]).resolve()
IDLE_S = 40
TICKS = os.sysconf("SC_CLK_TCK")


def make_recording(folder, seconds):
    """Speech-like noise: a hum with syllables."""
    wav = Path(folder, "recording.wav")
    subprocess.run(["sox", "-n", "-r", "48000", "-c", "1", "-b", "16", str(wav), "synth", str(seconds), "pinknoise", "band", "-n", "600",
                    "800", "tremolo", "4", "90", "gain", "-n", "-6"], check=True)
    return wav


def cpu_s(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mb(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def free_ports():
    import socket
    sockets = [socket.socket() for _ in range(2)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    with tempfile.TemporaryDirectory() as folder, SoundServer() as sound:
        recording = make_recording(folder, seconds)
        http, broker = free_ports()
        ward = subprocess.Popen([BIN / "loa", "ward", "run", "--data", f"{folder}/ward", "--web", folder, "--recording", str(recording),
                                 "--ahead", str(IDLE_S + 40), "--http-port", str(http), "--broker-port", str(broker)],
                                env=dict(sound.environment, LOA_LANG="en"), stdout=subprocess.PIPE, text=True)
        lines = iter(ward.stdout.readline, "")
        for line in lines:
            if line.startswith("Scheduled"):
                break
        else:
            sys.exit("the ward did not start")
        pids = subprocess.run(["pgrep", "-f", f"loa-node --config {folder}/ward/nodes/tdp-01/"], capture_output=True, text=True).stdout.split()
        node = int(pids[0])
        clip = next(Path(folder, "ward/server/clips").glob("*.opus"))

        time.sleep(10)
        before = cpu_s(node)
        time.sleep(IDLE_S - 20)
        idle_pct = 100 * (cpu_s(node) - before) / (IDLE_S - 20)
        idle_mb = memory_mb(node)

        before = cpu_s(node)
        for line in lines:
            if line.startswith("Sounding: 3"):
                break
        theirs = subprocess.Popen(["gst-launch-1.0", "-q", "filesrc", f"location={clip}", "!", "oggdemux", "!", "opusdec", "!",
                                   "audioconvert", "!", "audioresample", "!", "pulsesink", "device=n1"], env=sound.environment)
        time.sleep(seconds * 0.8)
        playing_mb, their_mb = memory_mb(node), memory_mb(theirs.pid)
        _, status, usage = os.wait4(theirs.pid, 0)
        if status != 0:
            sys.exit(f"gst-launch failed: {status}")
        outcome = ""
        for line in lines:
            if line.startswith("  tdp-01"):
                outcome = " ".join(line.split()[1:5])
                break
        ours_s, theirs_s = cpu_s(node) - before, usage.ru_utime + usage.ru_stime
        ward.send_signal(signal.SIGINT)
        ward.wait()
        print(f"sound          {seconds} s; tdp-01: {outcome} (result, start error ms, heard s, LUFS)")
        print(f"idle           CPU {idle_pct:.2f} % (at most 0.2), memory {idle_mb:.1f} MB")
        print(f"processor      loa-node {ours_s:.2f} s, gst-launch {theirs_s:.2f} s, ratio {ours_s / theirs_s:.2f} (at most 1.5)")
        print(f"memory playing loa-node {playing_mb:.1f} MB (at most 30), gst-launch {their_mb:.1f} MB")


if __name__ == "__main__":
    main()
