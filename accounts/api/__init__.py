"""The HTTP API of accounts, split by noun."""
