#!/bin/bash
# Proves the Debian packages in a folder: installs them in a new, empty Debian 12 and lets installed_ward.py live a ward's
# life there. installed_machine.sh <folder of packages>. Needs root and mmdebstrap. Bounded to LOA_INSTALLED_LIMIT (30m).
set -euo pipefail
source_tree=$(cd "$(dirname "$0")/../.." && pwd)
source "$source_tree/tests/checks/machine.sh"
packages=$(cd "$1" && pwd)

# Python is for the test; nothing of ours needs it.
make_machine ca-certificates,python3
mkdir -p "$machine/srv/test"
cp "$packages"/*.deb "$source_tree/tests/data/golden/server-11.sql" "$source_tree/audio/samples/tet_greeting.opus" \
  "$source_tree/tests/checks/installed_ward.py" "$machine/srv/test"
in_machine "${LOA_INSTALLED_LIMIT:-30m}" /usr/bin/python3 -u /srv/test/installed_ward.py
