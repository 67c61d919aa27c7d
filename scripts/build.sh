#!/usr/bin/env bash
# Builds the release binary. It carries the site that scripts/site.sh has built.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
say "Building the server (the first time takes minutes)"
cargo build --release --locked --features ssr --bin hubbub
