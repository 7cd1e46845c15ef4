"""Points at which the fault tests let a process die, as `kill -9` would.

`GOCHAT_CRASH_POINT=name` or `name:n` (the n-th time) arms one point; settings refuse the variable when DEBUG is off.
"""

import os

_name, _, _count = os.environ.get("GOCHAT_CRASH_POINT", "").partition(":")
_remaining = int(_count or 1)


def reach(name: str) -> None:
    """Dies at once, without clean-up, when the environment armed this point."""
    global _remaining  # noqa: PLW0603 -- the process has one countdown
    if name == _name:
        _remaining -= 1
        if _remaining <= 0:
            os._exit(137)
