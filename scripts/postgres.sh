#!/usr/bin/env bash
# Runs a command with a private PostgreSQL on a free port, its URL in TEST_POSTGRES_URL. The server
# and its data are gone afterwards.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

bin=$(find_postgres)
[ -n "$bin" ] || die "PostgreSQL is missing: run scripts/setup-tests.sh"
work=$(mktemp -d)
port=$(node -e 'const s=require("net").createServer();s.listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')

# PostgreSQL refuses to run as root: then it runs as the user its package has made.
run=()
if [ "$(id -u)" = 0 ]; then
  chown postgres "$work"
  run=(runuser -u postgres --)
fi
pg() { (cd "$work" && "${run[@]}" "$@"); }

cleanup() {
  pg "$bin/pg_ctl" -D "$work/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap cleanup EXIT

pg "$bin/initdb" -D "$work/data" -U hubbub --auth=trust --no-sync -E UTF8 --locale=C >/dev/null
pg "$bin/pg_ctl" -D "$work/data" -w -l "$work/log" \
  -o "-p $port -c listen_addresses=127.0.0.1 -k $work -c max_connections=400" start >/dev/null
TEST_POSTGRES_URL="postgres://hubbub@127.0.0.1:$port/postgres" "$@"
