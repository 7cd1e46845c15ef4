"""Two people in Chromium against the running product: gateway, logic worker and the real services."""
