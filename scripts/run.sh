#!/usr/bin/env bash
# From a fresh clone to a served page: tools, site, server, demo data, go.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
scripts/setup.sh
scripts/site.sh
scripts/build.sh

hubbub="$(target_dir)/release/hubbub"
say "Filling in the demo, unless it is there"
"$hubbub" seed

addr=$("$hubbub" config | sed -n 's/^site-addr = "\(.*\)"$/\1/p')
cat >&2 <<TEXT

  Open http://$addr
  and sign in as john or bill; the password is "secret".
  (Ctrl-C stops the server. What was written stays in the database.)

TEXT
exec "$hubbub" serve
