"""The HTTP API of moderation, split by noun."""
