#!/usr/bin/env bash
# What a browser downloads before the chat is interactive (script, WebAssembly and style, compressed),
# and what it loads later, part by part.
set -euo pipefail
cd "$(dirname "$0")/.."
first=(hubbub.js __wasm_split.js hubbub.wasm hubbub.css)
# 280 KB is what all of the chat may have; less is kept as long as it is less. The same source differs by
# a few bytes from machine to machine.
limit=268500
limit_of_a_part=90000
[ -e target/site/pkg/hubbub.wasm.br ] || { echo "error: build the site first (make site)" >&2; exit 1; }

bytes() { stat -c %s "target/site/pkg/$1.br"; }
report() { printf '%-36s %8d bytes\n' "$1.br" "$2"; }
complain() { echo "error: $*" >&2; status=1; }

status=0
total=0
for file in "${first[@]}"; do
  report "$file" "$(bytes "$file")"
  total=$((total + $(bytes "$file")))
done
echo "first-load-brotli-bytes: $total"
[ "$total" -le "$limit" ] || complain "the first load has more than $limit bytes"

echo "Later:"
report later.css "$(bytes later.css)"
for path in target/site/pkg/part_*.bin; do
  file=${path##*/}
  report "$file" "$(bytes "$file")"
  [ "$(bytes "$file")" -le "$limit_of_a_part" ] || complain "$file has more than $limit_of_a_part bytes"
done
exit "$status"
