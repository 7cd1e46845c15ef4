"""The browser client: one shell page and its static ES modules."""
