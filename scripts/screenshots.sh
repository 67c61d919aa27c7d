#!/usr/bin/env bash
# Pictures of every page and state, from a server of their own, into target/screenshots.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
scripts/setup-tests.sh
hubbub="$PWD/$(target_dir)/release/hubbub"
case "$(target_dir)" in /*) hubbub="$(target_dir)/release/hubbub" ;; esac
data=$(mktemp -d)
port=$(node -e 'const s=require("net").createServer();s.listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
unset DATABASE_URL
export HUBBUB_DATA_DIR="$data" LEPTOS_SITE_ADDR="127.0.0.1:$port" HUBBUB_LOG=warn
export HUBBUB_LOGIN_PER_ACCOUNT_PER_MINUTE=300
"$hubbub" seed >/dev/null
"$hubbub" serve &
server=$!
trap 'kill $server; wait $server 2>/dev/null; rm -rf "$data"' EXIT
until curl -fs "http://127.0.0.1:$port/readyz" >/dev/null 2>&1; do sleep 0.1; done
CHROMIUM="$(find_chromium)" node end2end/screenshots.mjs "http://127.0.0.1:$port" "$PWD/target/screenshots"
say "See target/screenshots"
