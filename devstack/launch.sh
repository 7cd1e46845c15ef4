#!/bin/sh
# Finds a Python that is new enough and hands everything to devstack/bootstrap.py. POSIX sh alone.
for python in python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$python" >/dev/null 2>&1 &&
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        exec "$python" -B devstack/bootstrap.py "$@"
    fi
done
echo "GoChat needs Python 3.11 or newer, and found none on the PATH: install it (Debian: apt-get install python3 python3-venv)." >&2
exit 1
