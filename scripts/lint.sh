#!/usr/bin/env bash
# Format check, and clippy for both halves. Warnings are errors here.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
say "Format"
cargo fmt --check
cargo fmt --check --manifest-path benches/load/Cargo.toml
cargo fmt --check --manifest-path fuzz/Cargo.toml
say "Clippy, server and tests"
cargo clippy --locked --features ssr --all-targets -- -D warnings
say "Clippy, load generator"
cargo clippy --locked --manifest-path benches/load/Cargo.toml --all-targets \
  --target-dir "$(target_dir)/bench/load" -- -D warnings
say "Clippy, browser"
cargo clippy --locked --features split --lib --target wasm32-unknown-unknown -- -D warnings
