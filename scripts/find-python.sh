#!/bin/sh
# Print the path of a Python that can run Leermatch; or say in one line what to install, and fail.
#
# PYTHON=/path/to/python chooses one, and then nothing else is tried; it counts when .venv is made.
# 3.14 is the newest for which every library in the locks has a wheel: with a newer one pip would want a compiler.
set -eu

probe='
import sys
if not ((3, 11) <= sys.version_info[:2] <= (3, 14)):
    sys.exit(3)
try:
    import ensurepip, venv  # Debian packs them apart from Python itself
except ImportError:
    sys.exit(4)
print(sys.executable)
'

if [ -n "${PYTHON:-}" ]; then
    set -- "$PYTHON"
else
    set -- python3 python3.14 python3.13 python3.12 python3.11 python
fi

wrong_version=
without_venv=
for name in "$@"; do
    command -v "$name" >/dev/null 2>&1 || continue
    status=0
    # What else it says is dropped: stand-ins of version managers and of macOS explain themselves at length.
    path=$("$name" -c "$probe" 2>/dev/null) || status=$?
    case $status in
        0) printf '%s\n' "$path"; exit 0 ;;
        3) wrong_version=${wrong_version:-$name} ;;
        4) without_venv=${without_venv:-$name} ;;
    esac
done

sudo='sudo '
[ "$(id -u)" != 0 ] || sudo=
if [ "$(uname)" = Darwin ]; then
    install='brew install python@3.12'
elif command -v apt-get >/dev/null 2>&1; then
    case $without_venv:$wrong_version in
        python*:*) package=$without_venv-venv ;; # the parts that the Python found here lacks
        *:?*) package=python3.11-venv ;;         # python3 itself is another version on this system
        *) package=python3-venv ;;
    esac
    install="${sudo}apt-get install $package"
elif command -v dnf >/dev/null 2>&1; then
    install="${sudo}dnf install python3.12"
else
    install="add Python 3.12 with this system's package manager"
fi

if [ -n "$without_venv" ]; then
    echo "$without_venv lacks the modules venv and ensurepip; install them: $install" >&2
elif [ -n "${PYTHON:-}" ]; then
    echo "PYTHON=$PYTHON is not a Python 3.11 to 3.14; leave it out, or install one: $install" >&2
else
    echo "Leermatch needs Python 3.11 to 3.14 and found none; install it: $install" >&2
fi
exit 1
