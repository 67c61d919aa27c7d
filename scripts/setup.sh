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

# cargo_tool NAME VERSION DIR: installs one cargo program into its own folder, whole or not at all.
cargo_tool() {
  local name=$1 version=$2 dir=$3
  [ -e "$dir/.complete" ] && return
  say "Installing $name $version (once; the first time takes minutes)"
  # The tools' own release profiles link for a quarter of an hour; these settings trade a
  # little of their speed for most of that time.
  CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
  CARGO_TARGET_DIR="$TOOLS/build" \
    cargo install "$name" --version "$version" --locked --root "$dir" "${@:4}"
  touch "$dir/.complete"
  rm -rf "$TOOLS/build"
}

cargo_tool wasm-bindgen-cli "$WASM_BINDGEN_VERSION" "$WASM_BINDGEN_DIR"
cargo_tool cargo-leptos "$CARGO_LEPTOS_VERSION" "$CARGO_LEPTOS_DIR" --features no_downloads

# So that `cargo leptos watch` works by itself: cargo looks for it beside its own programs. One that
# somebody has installed there already stays.
shim="${CARGO_HOME:-$HOME/.cargo}/bin/cargo-leptos"
if [ ! -e "$shim" ] || grep -q "hubbub's setup" "$shim" 2>/dev/null; then
  mkdir -p "$(dirname "$shim")"
  cat > "$shim" <<SHIM
#!/bin/sh
# Made by hubbub's setup: cargo-leptos with the tools it calls. Remove it at will.
PATH="$CARGO_LEPTOS_DIR/bin:$WASM_BINDGEN_DIR/bin:$BINARYEN_DIR/node_modules/.bin:\$PATH"
export PATH
exec "$CARGO_LEPTOS_DIR/bin/cargo-leptos" "\$@"
SHIM
  chmod +x "$shim"
fi

if [ ! -e "$BINARYEN_DIR/.complete" ]; then
  say "Installing wasm-opt (binaryen $BINARYEN_VERSION)"
  mkdir -p "$BINARYEN_DIR"
  npm install --prefix "$BINARYEN_DIR" --no-audit --no-fund --silent "binaryen@$BINARYEN_VERSION"
  touch "$BINARYEN_DIR/.complete"
fi
