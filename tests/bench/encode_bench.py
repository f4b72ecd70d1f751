#!/usr/bin/env python3
"""What `loa encode` costs beside opusenc: CPU of the whole process tree, and peak memory.

encode_bench.py [rounds]      5 unless said; both programs take turns on the same file, so that they meet the same machine

Both encode mono at 24 kbit/s with complexity 10 in frames of 20 ms, application audio (opusenc's default). opusenc only
encodes; loa encode also decodes twice, measures, limits, and decodes what it made.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

LOA = Path(os.environ.get("LOA_BIN_DIR", Path(__file__).parents[2] / "build/bin")) / "loa"
SENTENCES = [
    "Kính thưa toàn thể bà con nhân dân trong phường.",
    "Ủy ban nhân dân phường thông báo lịch tiếp công dân trong tuần này.",
    "Sáng thứ sáu, bộ phận một cửa giải quyết thủ tục ngay trong ngày.",
    "Đề nghị các tổ dân phố thông tin đến từng hộ gia đình.",
    "Bà con chú ý giữ gìn vệ sinh chung, đổ rác đúng giờ và đúng nơi quy định.",
    "Tối nay, mực nước sông có thể lên nhanh; bà con ven đê theo dõi thông báo.",
    "Trạm y tế tổ chức tiêm chủng cho trẻ em vào ngày mười lăm hằng tháng.",
    "Mọi ý kiến đóng góp xin gửi về đường dây nóng của phường.",
    "Xin trân trọng cảm ơn bà con đã lắng nghe.",
]


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def speech(folder, name, seconds, rate, channels):
    """A WAV of espeak-ng reading the sentences in an order that does not repeat soon."""
    text = "\n\n".join(SENTENCES[(i * 4 + i // 9) % 9] for i in range(90))
    raw = folder / "raw.wav"
    subprocess.run(["espeak-ng", "-v", "vi", "-s", "140", "-w", raw], input=text.encode(), check=True)
    out = folder / name
    run("ffmpeg", "-y", "-loglevel", "error", "-stream_loop", "-1", "-i", raw, "-t", str(seconds), "-af", "volume=-3dB",
        "-ar", str(rate), "-ac", str(channels), "-c:a", "pcm_s16le", out)
    raw.unlink()
    return out


def cost(*command):
    """User + system seconds of a command and its children, and the largest resident set of any of them in MB."""
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.execvp(command[0], [str(word) for word in command])
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        sys.exit(f"{command[0]} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def compare(folder, recording, rounds):
    ours, theirs, memory = [], [], 0.0
    for _ in range(rounds):
        cpu, rss = cost(LOA, "encode", recording, folder / "loa.opus", "--bitrate", "24", "--complexity", "10")
        ours.append(cpu)
        memory = max(memory, rss)
        theirs.append(cost("opusenc", "--quiet", "--bitrate", "24", "--comp", "10", recording, folder / "o.opus")[0])
    ratios = [a / b for a, b in zip(ours, theirs)]
    print(f"{recording.name}: loa encode {statistics.median(ours):.2f} s, opusenc {statistics.median(theirs):.2f} s CPU "
          f"(medians of {rounds})")
    print(f"  ratio {statistics.median(ratios):.3f} median of rounds, {min(ratios):.3f}…{max(ratios):.3f}; "
          f"of the fastest runs {min(ours) / min(theirs):.3f}")
    print(f"  peak memory {memory:.1f} MB", flush=True)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compare(folder, speech(folder, "10min_48k_mono.wav", 600, 48000, 1), rounds)
        print("(target: ratio at most 1.25 here, memory at most 150 MB everywhere)")
        compare(folder, speech(folder, "10min_44k1_stereo.wav", 600, 44100, 2), max(1, rounds // 2))
        hour = speech(folder, "59min_24k_mono.wav", 3540, 24000, 1)  # the longest that is under 200 MB and 60 minutes
        cpu, memory = cost(LOA, "encode", hour, folder / "hour.opus")
        print(f"{hour.name}: loa encode {cpu:.2f} s CPU, peak memory {memory:.1f} MB")


if __name__ == "__main__":
    main()
