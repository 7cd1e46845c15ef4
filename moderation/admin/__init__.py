"""The moderators' pages, a module per noun."""

from moderation.admin import audit, filter, rehearsal

__all__ = ["audit", "filter", "rehearsal"]
