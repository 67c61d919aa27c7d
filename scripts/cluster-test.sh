#!/usr/bin/env bash
# Three servers, a bus, and every fault there is while people write: for CLUSTER_TEST_SECONDS, ten minutes
# if nothing is said. CLUSTER_TEST_SEED plays the same faults again.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
scripts/setup-tests.sh
export CLUSTER_TEST_SECONDS="${CLUSTER_TEST_SECONDS:-600}"
CI=1 scripts/postgres.sh cargo test --locked --features ssr --test api -- --nocapture hostile
