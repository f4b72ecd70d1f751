#!/bin/bash
# build.sh <openapi.json> <folder>: makes the console of server/web into the folder. npm is asked only when the list of
# packages has changed.
set -euo pipefail
openapi=$1 folder=$2
cd "$(dirname "${BASH_SOURCE[0]}")"
if ! cmp -s package-lock.json node_modules/.installed; then
  npm ci --ignore-scripts --loglevel=error || {
    echo "Không tải được các gói npm của bảng điều khiển. Kiểm tra mạng (npm ping) rồi chạy lại. / The console's npm packages cannot be had. Check the network (npm ping) and run this again." >&2
    exit 1
  }
  cp package-lock.json node_modules/.installed
fi
npx --no-install openapi-typescript "$openapi" -o src/api/schema.d.ts >/dev/null
npx --no-install vite build --logLevel warn --outDir "$folder" --emptyOutDir
