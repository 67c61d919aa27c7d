#!/usr/bin/env bash
# Builds the optimised site under target/site, precompressed. Does nothing if nothing has changed.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

# Server code is no part of the site, so a change there need not rebuild it.
fingerprint() {
  { find src style public -type f -not -path 'src/server/*' -not -path 'src/server.rs' -print0 \
      | sort -z | xargs -0 sha256sum
    sha256sum Cargo.toml Cargo.lock scripts/env.sh scripts/site.sh
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
cargo leptos build --release --frontend-only --precompress
printf '%s %s' "$now" "$(built)" > "$stamp"
