"""The one error type of the development stack: its text is a sentence for the person at the terminal."""


class DevstackError(Exception):
    """Something is missing or in the way; the message says what, and what to do about it."""
