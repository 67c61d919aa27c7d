#!/usr/bin/env bash
# Measures Hubbub beside its peers: one table on standard output, the same in target/bench/latest.json.
#
#   scripts/bench.sh [--quick] [SCENARIO…]
#
# Scenarios: deliveries latency posts memory pages stalled storm slow-fsync instructions timeline
# opening living several (default: all).
# HUBBUB_BINARY=… measures a server that is there instead of building one.
# PEER_CENTRIFUGO=… names a Centrifugo to be measured too.
set -euo pipefail
for name in HUBBUB_BINARY PEER_CENTRIFUGO; do
  [ -z "${!name:-}" ] || export "$name=$(realpath "${!name}")"
done
cd "$(dirname "$0")/.."
# What is measured is this clone, not somebody's settings.
for name in DATABASE_URL "${!LEPTOS_@}" "${!HUBBUB_@}"; do
  case "$name" in HUBBUB_CACHE | HUBBUB_BINARY) ;; *) unset "$name" ;; esac
done
. scripts/env.sh

for program in cargo npm node cc taskset setpriv; do
  command -v "$program" >/dev/null || die "$program is missing: install it, then run this again."
done

out="$(target_dir)/bench"
mkdir -p "$out"

if [ -z "${HUBBUB_BINARY:-}" ]; then
  scripts/setup.sh
  scripts/site.sh
  scripts/build.sh
  HUBBUB_BINARY="$(target_dir)/release/hubbub"
fi

# Whether a scenario was asked for: all are, if none is named.
wanted() {
  local argument any=
  for argument in "${@:2}"; do
    case "$argument" in "$1") return 0 ;; -*) ;; *) any=1 ;; esac
  done
  [ -z "$any" ]
}

# The load generator does not know these, nor are they measured beside others.
if wanted opening "$@"; then
  node benches/opening.mjs "$HUBBUB_BINARY"
  [ -z "$(find_postgres)" ] || scripts/postgres.sh node benches/opening.mjs "$HUBBUB_BINARY"
fi
if wanted living "$@"; then
  if [ -e end2end/node_modules/.complete ]; then
    node benches/living.mjs "$HUBBUB_BINARY"
  else
    say "ws is missing: people who read and type will not be measured (scripts/setup-tests.sh)"
  fi
fi
if wanted several "$@"; then
  if [ -n "$(find_postgres)" ] && [ -x "$NATS_SERVER" ] && [ -e end2end/node_modules/.complete ]; then
    scripts/postgres.sh node benches/several.mjs "$HUBBUB_BINARY"
  else
    say "PostgreSQL, NATS or ws is missing: several servers will not be measured (scripts/setup-tests.sh)"
  fi
fi
if wanted timeline "$@"; then
  if [ -e end2end/node_modules/.complete ] && [ -n "$(find_chromium)" ]; then
    CHROMIUM=$(find_chromium) node benches/timeline.mjs "$HUBBUB_BINARY"
  else
    say "Chromium or Playwright is missing: the timeline will not be measured (scripts/setup-tests.sh)"
  fi
fi
others=()
for argument in "$@"; do
  case "$argument" in opening | living | several | timeline) ;; *) others+=("$argument") ;; esac
done
case " ${others[*]-} " in *" "[a-z]*) ;; *) [ "$#" = "${#others[@]}" ] || exit 0 ;; esac
set -- "${others[@]}"

say "Building the load generator"
cargo build --release --locked --quiet --manifest-path benches/load/Cargo.toml --target-dir "$out/load"
cc -O2 -shared -fPIC -o "$out/slow_fsync.so" benches/slow_fsync.c -ldl

peers=benches/peers
if [ ! -e "$peers/node_modules/.complete" ] || [ "$peers/package-lock.json" -nt "$peers/node_modules/.complete" ]; then
  say "Installing the peers (once; compiles SQLite for Node.js)"
  # From source, with the headers beside Node.js if they are there: nothing comes from elsewhere.
  node_root=$(dirname "$(dirname "$(realpath "$(command -v node)")")")
  [ ! -e "$node_root/include/node/node.h" ] || export npm_config_nodedir="$node_root"
  (cd "$peers" && npm_config_build_from_source=true npm ci --no-audit --no-fund --silent)
  touch "$peers/node_modules/.complete"
fi

if wanted instructions "$@" && ! command -v valgrind >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "Installing valgrind from the distribution's packages"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq valgrind; } >/dev/null || true
  else
    say "valgrind is missing: instructions will not be counted"
  fi
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Not more than this long, whatever hangs. Servers end with the generator.
load=(timeout --foreground 3600 "$out/load/release/load" run --binary "$HUBBUB_BINARY" --peers "$peers"
  --work "$work" --slow-fsync "$out/slow_fsync.so" --json "$out/latest.json")

say "Measuring: servers on one core, the generator on another; anything else running here will show"
postgres=$(find_postgres)
if wanted posts "$@" && [ -n "$postgres" ]; then
  scripts/postgres.sh "${load[@]}" --psql "$postgres/psql" "$@"
else
  "${load[@]}" "$@"
fi
say "The figures are in $out/latest.json"
