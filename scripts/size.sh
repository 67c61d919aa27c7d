#!/usr/bin/env bash
# What a browser downloads before it is interactive: script and WebAssembly, compressed.
set -euo pipefail
cd "$(dirname "$0")/.."
total=0
for file in target/site/pkg/hubbub.js.br target/site/pkg/hubbub.wasm.br; do
  bytes=$(stat -c %s "$file")
  printf '%-36s %8d bytes\n' "$file" "$bytes"
  total=$((total + bytes))
done
# It was 236 KB before the browser's half became a chat with places, people and unread counts. It is
# to come back below 250 KB; this keeps it from growing meanwhile.
limit=276000
if [ "$total" -gt "$limit" ]; then
  echo "error: more than $limit bytes" >&2
  status=1
fi
echo "first-load-brotli-bytes: $total"
exit "${status:-0}"
