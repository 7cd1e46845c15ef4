"""AI over HTTP: parse, one call, answer."""
