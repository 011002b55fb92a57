#!/bin/sh
# find-program.sh chromium|nginx: print the path of a program that tests need. Where there is none: install it from the
# system's packages when that is allowed (root, apt-get); else say in one line how to, and fail. CHROMIUM=/path and
# NGINX=/path choose one.
set -eu
PATH=$PATH:/usr/sbin # where Debian has nginx

case $1 in
    chromium)
        what="No Chromium for the browser tests"
        named=${CHROMIUM:-} probe=--version package=chromium on_mac="--cask google-chrome"
        set -- chromium chromium-browser google-chrome google-chrome-stable \
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
            "/Applications/Chromium.app/Contents/MacOS/Chromium"
        ;;
    nginx)
        what="No nginx for the tests of proxies"
        named=${NGINX:-} probe=-v package=nginx on_mac=nginx
        set -- nginx
        ;;
esac

find_program() {
    for program in "$named" "$@"; do
        path=$(command -v "$program" 2>/dev/null) || continue
        # It must start: Ubuntu's chromium-browser can be a script that only tells to install the snap.
        "$path" $probe >/dev/null 2>&1 || continue
        printf '%s\n' "$path"
        return 0
    done
    return 1
}

find_program "$@" && exit 0

if [ "$(uname)" = Darwin ]; then
    install="brew install $on_mac"
elif [ $package = chromium ] && command -v snap >/dev/null 2>&1; then
    install='sudo snap install chromium'
elif command -v apt-get >/dev/null 2>&1; then
    install="sudo apt-get install $package"
elif command -v dnf >/dev/null 2>&1; then
    install="sudo dnf install $package"
else
    install="add $package with this system's package manager"
fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "$what: installing the system's package" >&2
    log=$(mktemp)
    if { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        -o DPkg::Lock::Timeout=120 $package; } >"$log" 2>&1 && find_program "$@"; then
        rm -f "$log"
        exit 0
    fi
    tail -n 5 "$log" >&2
    rm -f "$log"
fi

echo "$what; install it: $install" >&2
exit 1
