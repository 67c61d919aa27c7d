#!/usr/bin/env bash
# Installs cargo-leptos, which only developers need (`cargo leptos watch`): it takes long to build.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
scripts/setup.sh

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
