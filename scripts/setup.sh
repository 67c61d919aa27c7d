#!/usr/bin/env bash
# Installs what a build of the site needs and is missing. Needs no root; safe to run again.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

command -v cargo >/dev/null || die "Rust is missing: install it from https://rustup.rs, then run this again."
command -v npm >/dev/null || die "Node.js (20 or newer) with npm is missing: install it, then run this again."
command -v cc >/dev/null || die "a C compiler is missing: install gcc or clang, then run this again."

target_lib="$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown"
if [ ! -d "$target_lib" ]; then
  say "Adding the wasm32-unknown-unknown target"
  rustup target add wasm32-unknown-unknown
fi

cargo_tool wasm-bindgen-cli "$WASM_BINDGEN_VERSION" "$WASM_BINDGEN_DIR"
cargo_tool wasm_split_cli_support "$WASM_SPLIT_VERSION" "$WASM_SPLIT_DIR" --features build-binary
if [ ! -e "$BINARYEN_DIR/.complete" ]; then
  say "Installing wasm-opt (binaryen $BINARYEN_VERSION)"
  mkdir -p "$BINARYEN_DIR"
  npm install --prefix "$BINARYEN_DIR" --no-audit --no-fund --silent "binaryen@$BINARYEN_VERSION"
  touch "$BINARYEN_DIR/.complete"
fi

if [ ! -e "$ESBUILD_DIR/.complete" ]; then
  say "Installing esbuild $ESBUILD_VERSION"
  mkdir -p "$ESBUILD_DIR"
  npm install --prefix "$ESBUILD_DIR" --no-audit --no-fund --silent "esbuild@$ESBUILD_VERSION"
  touch "$ESBUILD_DIR/.complete"
fi
