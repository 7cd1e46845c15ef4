"""`python -m bench.tracing`: CPU time a message where it is published and pushed, for several values of TRACE_SAMPLE.

Starts a Valkey of its own. Everything is the product's own code but the broker (records go from hand to hand), the
directory and the sockets (what is written to them is thrown away), so that only what tracing can change is measured,
and the machine's other load hardly matters: process time of all threads, the least of several turns.
"""

import os
import subprocess
import sys
from pathlib import Path

from devstack.services import Valkey
from devstack.test_services import run_services, test_environment

CHECKOUT = Path(__file__).resolve().parent.parent.parent

running = run_services((Valkey,))
try:
    env = os.environ | test_environment(running) | {"DJANGO_SETTINGS_MODULE": "gochat_site.settings"}
    subprocess.run([sys.executable, "-m", "bench.tracing.inside"], env=env, cwd=CHECKOUT, check=True)
finally:
    running.stop()
