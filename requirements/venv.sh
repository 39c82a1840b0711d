#!/bin/sh
# Makes the virtual environment $2 with the Python $1, or says in one sentence what is missing.
set -eu
python=$1
venv=$2

install_as_root() {
    # Only `make test` asks for this: it has to run on a new machine without a person.
    [ "${SYSTEM_PACKAGES:-}" = install ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq python3 python3-venv >/dev/null
}

has_venv() {
    "$python" -c 'import ensurepip, venv' 2>/dev/null
}

if ! has_venv && ! install_as_root; then
    if command -v "$python" >/dev/null; then
        echo "Python's venv module is missing: run 'apt install make python3-venv' as root, then try again." >&2
    else
        echo "There is no '$python' here: run 'apt install make python3-venv' as root, then try again." >&2
    fi
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    version=$("$python" -V 2>&1)
    echo "SecureConnect needs Python 3.11 or later and '$python' is $version: name another, as in 'make run PYTHON=python3.12'." >&2
    exit 1
fi
# An environment made by another minor version of Python is of no use: it is made anew.
minor=$("$python" -c 'import sys; print(sys.version_info[:2])')
if [ "$("$venv/bin/python" -c 'import pip, sys; print(sys.version_info[:2])' 2>/dev/null || true)" != "$minor" ]; then
    "$python" -m venv --clear "$venv"
fi
