#!/usr/bin/env bash
# Every check and test there is. CI runs exactly this.
set -euo pipefail
cd "$(dirname "$0")/.."
# No test may reach a database or a server that somebody uses.
for name in DATABASE_URL "${!HUBBUB_@}" "${!LEPTOS_@}"; do
  [ "$name" = HUBBUB_CACHE ] || unset "$name"
done
. scripts/env.sh
scripts/setup.sh
scripts/setup-tests.sh

scripts/lint.sh
scripts/site.sh
scripts/size.sh
say "Unit and integration tests, on SQLite and on a private PostgreSQL"
scripts/postgres.sh cargo test --locked --features ssr
scripts/fuzz.sh 15
scripts/build.sh
target="$PWD/$(target_dir)"
case "$(target_dir)" in /*) target="$(target_dir)" ;; esac

say "SDK tests, against the real-time engine alone"
cargo build --locked --features ssr --example open_engine
export OPEN_ENGINE_BINARY="$target/debug/examples/open_engine"
node --test --test-reporter=spec end2end/sdk/*.test.mjs
"$CENTRIFUGE_PYTHON_DIR/bin/python" -B end2end/sdk/test_python.py

say "Browser tests and SDK tests, against the release build"
export HUBBUB_BINARY="$target/release/hubbub"
CHROMIUM="$(find_chromium)"
FIREFOX="$(find_firefox)"
GECKODRIVER="$GECKODRIVER_DIR/bin/geckodriver"
export CHROMIUM FIREFOX GECKODRIVER
(cd end2end && npx playwright test)
say "Everything passed."
