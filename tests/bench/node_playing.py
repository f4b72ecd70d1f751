#!/usr/bin/env python3
"""What playing costs: one clip through our player and through gst-launch-1.0, at once, to two outputs of one silent
sound server. Prints processor seconds, their ratio (to be at most 1.5) and our memory (at most 30 MB).

usage: node_playing [seconds of sound, default 60]

Start-up counts on both sides. Needs opus-tools, gstreamer1.0-tools, pulseaudio."""
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sound_server import SoundServer

PLAY_ONCE = Path(os.environ["LOA_BIN_DIR"], "../tests/bin/play_once").resolve()


def make_clip(folder, seconds):
    """Speech-like noise: a hum with syllables."""
    wav, clip = Path(folder, "clip.wav"), Path(folder, "clip.opus")
    subprocess.run(["sox", "-n", "-r", "48000", "-c", "1", "-b", "16", str(wav), "synth", str(seconds), "pinknoise", "band", "-n", "600",
                    "800", "tremolo", "4", "90", "gain", "-n", "-6"], check=True)
    subprocess.run(["opusenc", "--quiet", "--bitrate", "24", "--comp", "10", str(wav), str(clip)], check=True)
    return clip


def memory_kb(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return {key: int(re.search(rf"{key}:\s+(\d+)", status)[1]) for key in ("VmRSS", "RssAnon")}


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    with tempfile.TemporaryDirectory() as folder, SoundServer() as server:
        clip = make_clip(folder, seconds)
        ours = subprocess.Popen([str(PLAY_ONCE), "--clip", str(clip), "--sink", "pulse:n0", "--in-ms", "6500", "--lead-in-ms",
                                 "300", "--volume", "0.5"], env=server.environment, stdout=subprocess.PIPE, text=True)
        theirs = subprocess.Popen(["gst-launch-1.0", "-q", "filesrc", f"location={clip}", "!", "oggdemux", "!", "opusdec", "!",
                                   "audioconvert", "!", "audioresample", "!", "pulsesink", "device=n1"],
                                  env=server.environment)
        time.sleep(seconds * 0.8)
        memory, their_memory = memory_kb(ours.pid), memory_kb(theirs.pid)
        cpu = {}
        for name, process in (("ours", ours), ("gst-launch", theirs)):
            _, status, usage = os.wait4(process.pid, 0)
            if status != 0:
                sys.exit(f"{name} failed: {status}")
            cpu[name] = usage.ru_utime + usage.ru_stime
        ended = json.loads(ours.stdout.read().splitlines()[-1])
        print(f"sound          {seconds} s, heard {ended['heard_ms'] / 1000:.1f} s ({ended['end']})")
        print(f"processor      ours {cpu['ours']:.2f} s, gst-launch {cpu['gst-launch']:.2f} s,"
              f" ratio {cpu['ours'] / cpu['gst-launch']:.2f} (at most 1.5)")
        print(f"memory         ours {memory['VmRSS'] / 1024:.1f} MB (at most 30), of it private data"
              f" {memory['RssAnon'] / 1024:.1f} MB; gst-launch {their_memory['VmRSS'] / 1024:.1f} MB")


if __name__ == "__main__":
    main()
