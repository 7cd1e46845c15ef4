"""The moderators' pages, a module per noun."""

from moderation.admin import acts, audit, cases, filter, people, places, rehearsal, sanctions

__all__ = ["acts", "audit", "cases", "filter", "people", "places", "rehearsal", "sanctions"]
