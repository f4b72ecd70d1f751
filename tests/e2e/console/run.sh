#!/bin/bash
# run.sh <file.mjs> [argument…]: runs one test file, or the screenshots, with what package-lock.json names.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
exec {lock}>.lock
flock "$lock"
cmp -s package-lock.json node_modules/.installed || {
  npm ci --ignore-scripts --loglevel=error
  cp package-lock.json node_modules/.installed
}
flock -u "$lock"
case $1 in
*.test.mjs) exec node --test "${@:2}" "$1" ;;
*) exec node "$@" ;;
esac
