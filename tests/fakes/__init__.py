"""Servers that stand in for other people's: the language model's API, which no embedded service speaks."""
