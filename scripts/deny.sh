#!/usr/bin/env bash
# Licences, bans and sources of all dependencies. (Advisories need a database from the network.)
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
if ! command -v cargo-deny >/dev/null; then
  say "Installing cargo-deny (once; takes minutes)"
  cargo install cargo-deny --locked --root "$TOOLS/cargo-deny"
  export PATH="$TOOLS/cargo-deny/bin:$PATH"
fi
cargo deny --features ssr check licenses bans sources
