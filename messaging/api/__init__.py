"""The HTTP half of messaging: parse, one call, answer."""
