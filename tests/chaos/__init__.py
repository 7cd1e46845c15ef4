"""The whole site under random faults: `make chaos SEED=... MINUTES=...`, and a short form among the fault tests."""
