#!/bin/bash
# Proves deploy/packages.txt: clones this repository's last commit into a new Debian 12 that has nothing but git, and
# runs ./dev there (`build` unless other arguments are given, e.g. `./dev fresh test`). Needs root and mmdebstrap.
# Bounded to LOA_FRESH_LIMIT (90m).
set -euo pipefail
source_tree=$(cd "$(dirname "$0")/../.." && pwd)
source "$source_tree/tests/checks/machine.sh"
(($#)) || set -- build

make_machine git,ca-certificates
git -c safe.directory='*' clone --quiet --no-local --depth 1 "file://$source_tree" "$machine/srv/a folder"
in_machine "${LOA_FRESH_LIMIT:-90m}" "/srv/a folder/dev" "$@"
