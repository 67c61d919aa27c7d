#!/usr/bin/env bash
# Fuzzes the parsers of frames and of messages for some seconds (20 together, or as many as the first
# argument says), from the seeds and from what earlier runs have found. Needs no nightly toolchain; with
# one, `cargo fuzz run frames` does the same with the address sanitizer.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
seconds=${1:-20}
target="$(target_dir)/fuzz"
host=$(rustc -vV | sed -n 's/^host: //p')
say "Fuzzing the parsers for $seconds seconds"
RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
 -Ccodegen-units=1" \
  cargo build --quiet --release --locked --manifest-path fuzz/Cargo.toml --target-dir "$target" \
  --target "$host"
mkdir -p "$target/artifacts"

# fuzz PARSER LONGEST: half of the time for one of them.
fuzz() {
  local corpus="$target/corpus/$1" log="$target/log-$1"
  mkdir -p "$corpus"
  if ! "$target/$host/release/$1" "$corpus" "fuzz/seeds/$1" \
    -max_total_time="$((seconds / 2))" -max_len="$2" -rss_limit_mb=512 -timeout=5 -print_final_stats=1 \
    -artifact_prefix="$target/artifacts/$1-" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    die "the fuzzer has found something: see $target/artifacts"
  fi
  grep -E '^(Done|stat::peak)' "$log"
}

fuzz frames 65536
fuzz markdown 40000
