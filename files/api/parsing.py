"""What every view of files does first: who asks, how often, for what."""

from rest_framework.request import Request

from accounts.api.requests import caller_of
from core.ratelimits import check_rate

# scope: (calls at once, seconds in which that many come back)
LIMITS: dict[str, tuple[int, float]] = {
    "files.create": (60, 60.0),
    "files.parts": (120, 60.0),
    "files.complete": (120, 60.0),
    "files.read": (1200, 60.0),
    "files.avatar": (20, 300.0),
}


def throttled_caller(request: Request, scope: str) -> int:
    """The caller's id, after one call of this kind was counted. Raises AUTH_FAILED, RATE_LIMITED."""
    user_id = caller_of(request)[0].pk
    limit, period_s = LIMITS[scope]
    check_rate(scope, str(user_id), limit=limit, period_s=period_s)
    return user_id
