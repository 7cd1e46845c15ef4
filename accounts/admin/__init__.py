"""The admin of users, their sessions and their ties, for moderators and support."""

from accounts.admin import sessions, ties, users

__all__ = ["sessions", "ties", "users"]
