# Sourced by the other scripts: where tools live, and the versions the project is built with.
# Tools are kept outside the clone, one folder per version, so that a second clone or CI finds them ready.

HUBBUB_CACHE="${HUBBUB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hubbub}"
TOOLS="$HUBBUB_CACHE/tools"

CARGO_LEPTOS_VERSION=0.3.10
# Must equal the wasm-bindgen crate in Cargo.lock to the letter; tests/tidy.rs checks it.
WASM_BINDGEN_VERSION=0.2.129
# Must understand the wasm_split_helpers crate in Cargo.lock: of one version; tests/tidy.rs checks it.
WASM_SPLIT_VERSION=0.2.3
BINARYEN_VERSION=132.0.0
ESBUILD_VERSION=0.28.2
CENTRIFUGE_PYTHON_VERSION=0.7.0
GECKODRIVER_VERSION=0.37.1
NATS_SERVER_VERSION=2.15.1

CARGO_LEPTOS_DIR="$TOOLS/cargo-leptos-$CARGO_LEPTOS_VERSION"
WASM_BINDGEN_DIR="$TOOLS/wasm-bindgen-cli-$WASM_BINDGEN_VERSION"
WASM_SPLIT_DIR="$TOOLS/wasm-split-$WASM_SPLIT_VERSION"
BINARYEN_DIR="$TOOLS/binaryen-$BINARYEN_VERSION"
ESBUILD_DIR="$TOOLS/esbuild-$ESBUILD_VERSION"
CENTRIFUGE_PYTHON_DIR="$TOOLS/centrifuge-python-$CENTRIFUGE_PYTHON_VERSION"
GECKODRIVER_DIR="$TOOLS/geckodriver-$GECKODRIVER_VERSION"
NATS_SERVER_DIR="$TOOLS/nats-server-$NATS_SERVER_VERSION"
PROXIES_DIR="$TOOLS/proxies"
# Tests of several servers start them themselves.
export NATS_SERVER="$NATS_SERVER_DIR/bin/nats-server" PROXIES="$PROXIES_DIR/usr"

export PATH="$CARGO_LEPTOS_DIR/bin:$WASM_BINDGEN_DIR/bin:$WASM_SPLIT_DIR/bin:$BINARYEN_DIR/node_modules/.bin:$ESBUILD_DIR/node_modules/.bin:$HOME/.cargo/bin:$PATH"

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# cargo_tool NAME VERSION DIR: installs one cargo program into its own folder, whole or not at all.
cargo_tool() {
  local name=$1 version=$2 dir=$3
  [ -e "$dir/.complete" ] && return
  say "Installing $name $version (once; the first time takes minutes)"
  # The tools' own release profiles link for a quarter of an hour; these settings trade a
  # little of their speed for most of that time.
  CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
  CARGO_TARGET_DIR="$TOOLS/build" \
    cargo install "$name" --version "$version" --locked --root "$dir" "${@:4}"
  touch "$dir/.complete"
  rm -rf "$TOOLS/build"
}

# Where cargo puts what it builds.
target_dir() { printf '%s' "${CARGO_TARGET_DIR:-target}"; }

# Programs of the distribution, wherever it puts them.
find_chromium() { command -v chromium || command -v chromium-browser || true; }
find_firefox() { command -v firefox-esr || true; }
firefox_speaks() { ls /usr/lib/firefox*/browser/extensions/langpack-"$1"@*.xpi >/dev/null 2>&1; }
# Debian's own Python, whatever other one comes first here: only that one has Debian's libraries.
has_webkit() { /usr/bin/python3 -c 'import gi; gi.require_version("WebKit2", "4.1")' 2>/dev/null; }
find_postgres() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true; }
