#!/bin/sh
# Runs every check with the tools in $1 on $2 workers; goes on after a failure, ends non-zero and names what failed.
bin=$1
workers=$2
failed=""

step() {
    name=$1
    shift
    echo "== $name"
    started=$(date +%s)
    "$@" </dev/null || failed="$failed $name"
    echo "== $name: $(($(date +%s) - started)) s"
}

step lint "$bin/ruff" check .
step format "$bin/ruff" format --check .
step types "$bin/pyright" --pythonpath "$bin/python"
# Each of these tests has its own folder and ports, so two at a time disturb nobody. The later ones measure time.
step shape,unit,ports "$bin/python" -m pytest -q -n "$workers" --dist loadfile tests/shape tests/unit tests/ports
[ -z "$failed" ] || echo "== failed so far:$failed"
step scenarios,faults "$bin/python" -m pytest -q tests/scenarios tests/faults
if [ -n "$failed" ]; then
    echo "== failed:$failed" >&2
    exit 1
fi
