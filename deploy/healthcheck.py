"""Whether this container's process is well, for the HEALTHCHECK: exit code 0 or 1. Standard library only.

healthcheck.py gateway: its /health/live answers. What it needs may be away: ending it would not bring that back.
healthcheck.py worker: it shows its metrics (METRICS_PORT). One that fails ends by itself and is started again.
"""

import os
import sys
import urllib.request

TIMEOUT_S = 4


def main(kind: str) -> int:
    """0 when it answers."""
    port = {"gateway": "8000", "worker": os.environ.get("METRICS_PORT", "")}[kind]
    path = {"gateway": "health/live", "worker": "metrics"}[kind]
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=TIMEOUT_S) as answer:
            return 0 if answer.status == 200 else 1
    except OSError as error:
        print(error)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
