#!/bin/sh
# Makes .venv hold exactly what a lock says, and the project itself in editable form; called by the Makefile.
#
#   scripts/setup_env.sh run      what `make demo` needs
#   scripts/setup_env.sh test     what `make test` needs: the same versions and the test tools
#   scripts/setup_env.sh node     node_modules from package-lock.json, when npm is there
#
# Stamp files hold a checksum of what was installed from; when they match, nothing is done. The test lock contains the
# run lock, so one environment serves both and going from one to the other removes nothing.
# Needs a POSIX shell and Python 3.11 or later with venv. Set PYTHON to choose the interpreter.
set -eu

cd "$(dirname "$0")/.."
root=$(pwd)
venv=$root/.venv
OLDEST='(3, 11)'

say() { printf '%s\n' "$*" >&2; }

serves() { # is $1 a Python that runs, is new enough and can make a virtual environment?
    "$1" -c "import ensurepip, sys, venv; sys.exit(sys.version_info < $OLDEST)" >/dev/null 2>&1
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        serves "$PYTHON" && printf '%s\n' "$PYTHON" && return 0
        say "PYTHON=$PYTHON is not a Python 3.11 or later with venv and ensurepip."
        return 1
    fi
    old_ifs=$IFS
    IFS=:
    for folder in $PATH; do # a first `python3` may be an old one, or a shim that starts nothing
        for name in python3 python3.13 python3.12 python3.11; do
            if [ -x "$folder/$name" ] && serves "$folder/$name"; then
                IFS=$old_ifs
                printf '%s\n' "$folder/$name"
                return 0
            fi
        done
    done
    IFS=$old_ifs
    say "No Python 3.11 or later with venv was found on PATH. Install one (on Debian: python3 and python3-venv),"
    say "or name it: make demo PYTHON=/path/to/python3"
    return 1
}

checksum() { # of the files named, in order, and of the place they are installed to
    { printf '%s\n' "$root"; cat "$@"; } |
        "$hasher" -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())'
}

holds() { # does stamp $1 say $2?
    [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]
}

pip() {
    "$venv/bin/python" -m pip --disable-pip-version-check --no-input -q -q "$@"
}

install_lock() { # $1 = run or test
    run_key=$(checksum requirements/run.txt)
    test_key=$(checksum requirements/run.txt requirements/test.txt)
    if [ "$1" = run ]; then key=$run_key; else key=$test_key; fi
    holds "$venv/.lock-$1" "$key" && return 0
    if ! holds "$venv/.lock-run" "$run_key" || [ -f "$venv/.lock-$1" ]; then
        say "Making .venv with $python ..."
        rm -rf "$venv" # what an older lock left behind is not locked
        "$python" -m venv "$venv"
    fi
    say "Installing requirements/$1.txt into .venv (under a minute on most machines) ..."
    pip install --require-hashes --only-binary :all: --no-deps -r "requirements/$1.txt"
    pip check || { "$venv/bin/python" -m pip check >&2; return 1; }
    printf '%s\n' "$run_key" >"$venv/.lock-run"
    if [ "$1" = test ]; then printf '%s\n' "$test_key" >"$venv/.lock-test"; fi
}

install_project() {
    key=$(checksum pyproject.toml)
    holds "$venv/.project" "$key" && return 0
    pip install --no-deps --no-build-isolation -e .
    printf '%s\n' "$key" >"$venv/.project"
}

set_up_python() {
    if [ -x "$venv/bin/python" ] && serves "$venv/bin/python"; then
        hasher=$venv/bin/python
        python=$("$hasher" -c 'import sys; print(sys._base_executable)')
    else
        rm -rf "$venv"
        python=$(find_python)
        hasher=$python
    fi
    install_lock "$1"
    hasher=$venv/bin/python
    install_project
}

set_up_node() {
    if ! command -v npm >/dev/null 2>&1; then
        if [ "${CI:-}" = true ]; then
            say "npm is missing; with CI=true the contracts are rebuilt and anvil is run, and both come from npm."
            return 1
        fi
        printf 'SKIPPED the contract rebuild and the anvil part: npm is not on PATH\n'
        return 0
    fi
    hasher=$venv/bin/python
    key=$(checksum package.json package-lock.json)
    holds node_modules/.lock "$key" && return 0
    say "Installing package-lock.json into node_modules ..."
    npm ci --ignore-scripts --no-audit --no-fund --update-notifier=false --loglevel=error >&2
    printf '%s\n' "$key" >node_modules/.lock
}

case "${1:-}" in
run | test) set_up_python "$1" ;;
node) set_up_node ;;
*)
    say "usage: $0 run|test|node"
    exit 2
    ;;
esac
