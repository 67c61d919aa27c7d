#!/usr/bin/env bash
# Format check, and clippy for both halves. Warnings are errors here.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
say "Format"
cargo fmt --check
say "Clippy, server and tests"
cargo clippy --locked --features ssr --all-targets -- -D warnings
say "Clippy, browser"
cargo clippy --locked --features hydrate --lib --target wasm32-unknown-unknown -- -D warnings
