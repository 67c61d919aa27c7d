#!/usr/bin/env bash
# Builds the optimised site under target/site, precompressed. Does nothing if nothing has changed.
#
# These are the steps of `cargo leptos build --release --frontend-only --split --precompress`, without
# cargo-leptos itself, which takes longer to compile than all of Hubbub. Whoever only wants to run it
# need not wait for that; `cargo leptos watch` reads the same settings in Cargo.toml.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

# Server code is no part of the site, so a change there need not rebuild it.
fingerprint() {
  { find src style public -type f -not -path 'src/server/*' -not -path 'src/server.rs' -print0 \
      | sort -z | xargs -0 sha256sum
    sha256sum Cargo.toml Cargo.lock scripts/env.sh scripts/site.sh scripts/snip.mjs scripts/pack.mjs scripts/precompress.mjs
    rustc --version
  } | sha256sum | cut -d' ' -f1
}

# What was built, and from what: `cargo leptos watch` leaves its own, unoptimised files there.
built() { sha256sum target/site/pkg/hubbub.wasm 2>/dev/null | cut -d' ' -f1 || true; }

stamp=target/.site-fingerprint
now=$(fingerprint)
if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$now $(built)" ]; then
  exit 0
fi
say "Building the site: WebAssembly, style (the first time takes minutes)"
rm -rf target/site "$stamp"
mkdir -p target/site/pkg
cp -R public/. target/site/
built=$(target_dir)/front/wasm32-unknown-unknown/wasm-release/hubbub.wasm
whole=$(target_dir)/front/split
rm -rf "$whole"
# Where this machine keeps its crates is nobody's business, and bytes. The relocations tell wasm-split
# what refers to what.
CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=" \
  cargo rustc --locked --lib --crate-type cdylib --features split --profile wasm-release \
  --target wasm32-unknown-unknown --target-dir "$(target_dir)/front" -- -Clink-args=--emit-relocs
# Parts that are loaded later get files of their own, first of all: the rest works on what is left.
wasm-split-cli --target web --out-name hubbub "$built" "$whole"
wasm-bindgen --target=web --no-typescript --keep-lld-exports --no-demangle --out-name=hubbub \
  --out-dir=target/site/pkg "$whole/hubbub.wasm"
mv target/site/pkg/hubbub_bg.wasm "$whole/hubbub.wasm"
# What everybody downloads is flattened first: that is more to begin with, and one in a hundred less in
# the end. It takes too long for the rest.
optimise() {
  local first=""
  [ "${1##*/}" != hubbub.wasm ] || first="--flatten --rereloop --always-inline-max-function-size=0 --one-caller-inline-max-function-size=0 -Oz"
  node scripts/snip.mjs "$1" hydrate_async with_async_value wasm_streams intounderlying future_to_promise
  # shellcheck disable=SC2086
  wasm-opt $first -Oz --converge --low-memory-unused --strip-debug --enable-bulk-memory --enable-nontrapping-float-to-int --enable-reference-types \
    "$1" -o "target/site/pkg/${1##*/}" 2> >(grep -v 'unknown name subsection' >&2)
}
export -f optimise
printf '%s\0' "$whole"/*.wasm | xargs -0 -n 1 -P "$(nproc)" bash -euc 'optimise "$1"' optimise
cp "$whole"/*.js target/site/pkg/
node scripts/pack.mjs "$whole/__wasm_split.js" target/site/pkg
for file in target/site/pkg/*.js; do
  esbuild --log-level=warning --log-override:duplicate-object-key=silent --minify --format=esm \
    --allow-overwrite "$file" --outfile="$file"
done
# What opens later has a style of its own, which comes with the first part that is fetched.
for style in first:hubbub later:later; do
  esbuild --log-level=warning --minify --bundle --target=chrome111,firefox115,safari16.4 \
    "style/${style%:*}.css" --outfile="target/site/pkg/${style#*:}.css"
done
node scripts/precompress.mjs target/site
printf '%s %s' "$now" "$(built)" > "$stamp"
