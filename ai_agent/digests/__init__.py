"""Summaries and briefs: what is read for them, what a model is told, and what becomes of its words."""
