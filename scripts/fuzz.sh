#!/usr/bin/env bash
# Fuzzes the frame parser for some seconds (20, or as many as the first argument says), from the
# seeds and from what earlier runs have found. Needs no nightly toolchain; with one,
# `cargo fuzz run frames` does the same with the address sanitizer.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
seconds=${1:-20}
target="$(target_dir)/fuzz"
say "Fuzzing the frame parser for $seconds seconds"
RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
 -Ccodegen-units=1" \
  cargo build --quiet --release --locked --manifest-path fuzz/Cargo.toml --target-dir "$target" \
  --target "$(rustc -vV | sed -n 's/^host: //p')"
corpus="$target/corpus"
log="$target/log"
mkdir -p "$corpus" "$target/artifacts"
if ! "$target/$(rustc -vV | sed -n 's/^host: //p')/release/frames" "$corpus" fuzz/seeds \
  -max_total_time="$seconds" -max_len=65536 -rss_limit_mb=512 -timeout=5 -print_final_stats=1 \
  -artifact_prefix="$target/artifacts/" >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  die "the fuzzer has found something: see $target/artifacts"
fi
grep -E '^(Done|stat::peak)' "$log"
