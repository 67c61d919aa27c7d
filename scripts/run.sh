#!/usr/bin/env bash
# From a fresh clone to a served page: tools, site, server, demo data, go.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
scripts/setup.sh
scripts/site.sh
scripts/build.sh

hubbub="$(target_dir)/release/hubbub"
addr=$("$hubbub" config | sed -n 's/^site-addr = "\(.*\)"$/\1/p')
# The demo's passwords are printed in the README: nobody else may reach it, unless that is wanted.
case "${addr%:*}" in
  127.* | "[::1]") ;;
  *)
    [ "${HUBBUB_DEMO_FOR_EVERYBODY:-}" = yes ] || die "the demo has people with known passwords, and $addr can be reached from other machines.
  For a server of your own, see \"Deployment\" in the README. To show the demo around all the same: HUBBUB_DEMO_FOR_EVERYBODY=yes make run"
    ;;
esac
say "Filling in the demo, unless it is there"
"$hubbub" seed
node -e '
  const at = process.argv[1].lastIndexOf(":");
  const [host, port] = [process.argv[1].slice(0, at), +process.argv[1].slice(at + 1)];
  const server = require("net").createServer().once("error", () => process.exit(1));
  server.listen(port, host.replace(/[[\]]/g, ""), () => server.close());
' "$addr" || die "another program is using $addr: choose another address, as in LEPTOS_SITE_ADDR=127.0.0.1:3100 make run"
cat >&2 <<TEXT

  Open http://$addr
  and sign in as john or bill; the password is "secret".
  (Ctrl-C stops the server. What was written stays in the database.)

TEXT
exec "$hubbub" serve
