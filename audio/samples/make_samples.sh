#!/bin/sh
# Makes every recording of this folder, the spoken ones from the text beside them; see README.md.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# encode <name>: $work/whole.wav as a phone would record it.
encode() { opusenc --quiet --bitrate 40 --serial 1 --discard-comments "$work/whole.wav" "$1.opus"; }

for text in *.txt; do
  n=10
  while IFS= read -r line; do
    espeak-ng -v vi -s 140 -w "$work/line.wav" -- "$line"
    sox -V1 "$work/line.wav" -r 48000 "$work/part$n.wav" gain -3 pad 0.1 0.4
    n=$((n + 1))
  done <"$text"
  sox -V1 "$work"/part*.wav "$work/whole.wav"
  rm "$work"/part*.wav
  encode "${text%.txt}"
done

# bell <number> <start> <fundamental> <overtones>: a struck tone that dies away, its overtones softer and a little sharp.
bell() {
  sox -V1 -n -r 48000 -c 1 "$work/bell$1.wav" synth 1.6 sine "$3" sine "$4" sine "$5" \
    remix 1v0.7,2v0.2,3v0.1 fade l 0.008 1.6 1.59 gain -9 pad "$2"
}
bell 1 0 523.25 1049.1 1575.0
bell 2 0.55 659.26 1321.8 1984.4
bell 3 1.1 783.99 1571.9 2359.8
sox -V1 -m -v 1 "$work/bell1.wav" -v 1 "$work/bell2.wav" -v 1 "$work/bell3.wav" -b 16 "$work/whole.wav"
encode chime
