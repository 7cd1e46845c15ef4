"""Search over HTTP: parse, one call, answer. No answer may be kept by anyone but the caller, nor by their browser."""
