"""Load and latency of the running product, measured over its public contract, beside a bare reference of its
pipeline."""
