#!/bin/sh
# Print the path of a Chromium for the browser tests. Where there is none: install it from the system's packages when
# that is allowed (root, apt-get); else say in one line how to, and fail. CHROMIUM=/path chooses one.
set -eu

find_chromium() {
    for browser in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
        "/Applications/Chromium.app/Contents/MacOS/Chromium"; do
        path=$(command -v "$browser" 2>/dev/null) || continue
        # It must start: Ubuntu's chromium-browser can be a script that only tells to install the snap.
        "$path" --version >/dev/null 2>&1 || continue
        printf '%s\n' "$path"
        return 0
    done
    return 1
}

find_chromium && exit 0

if [ "$(uname)" = Darwin ]; then
    install='brew install --cask google-chrome'
elif command -v snap >/dev/null 2>&1; then
    install='sudo snap install chromium'
elif command -v apt-get >/dev/null 2>&1; then
    install='sudo apt-get install chromium'
elif command -v dnf >/dev/null 2>&1; then
    install='sudo dnf install chromium'
else
    install="add chromium with this system's package manager"
fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "No Chromium for the browser tests: installing the system's package" >&2
    log=$(mktemp)
    if { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        -o DPkg::Lock::Timeout=120 chromium; } >"$log" 2>&1 && find_chromium; then
        rm -f "$log"
        exit 0
    fi
    tail -n 5 "$log" >&2
    rm -f "$log"
fi

echo "No Chromium for the browser tests; install it: $install" >&2
exit 1
