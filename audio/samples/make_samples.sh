#!/bin/sh
# Makes every recording of this folder from the text beside it; see README.md.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for text in *.txt; do
  name=${text%.txt}
  n=10
  while IFS= read -r line; do
    espeak-ng -v vi -s 140 -w "$work/line.wav" -- "$line"
    sox -V1 "$work/line.wav" -r 48000 "$work/part$n.wav" gain -3 pad 0.1 0.4
    n=$((n + 1))
  done <"$text"
  sox -V1 "$work"/part*.wav "$work/whole.wav"
  rm "$work"/part*.wav
  opusenc --quiet --bitrate 40 --serial 1 --discard-comments "$work/whole.wav" "$name.opus"
done
