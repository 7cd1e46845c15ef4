"""How often the doors of an account may be tried. Buckets refill steadily, so nobody is locked out for good."""

from ipaddress import IPv6Network, ip_address

from core.ratelimits import check_rate

# scope: (tries at once, seconds in which that many come back)
LIMITS: dict[str, tuple[int, float]] = {
    "login.address": (100, 300.0),
    "login.pair": (20, 300.0),
    "login.user": (100, 300.0),
    "register.address": (100, 600.0),
    "guest.address": (100, 600.0),
    "refresh.session": (60, 60.0),
    "password.user": (10, 300.0),
    "reset.address": (20, 600.0),
    "reset.email": (5, 3600.0),
    "reset-confirm.address": (30, 600.0),
    "ticket.session": (60, 60.0),
    "friend-request.user": (60, 3600.0),
    "user-search.user": (120, 60.0),
}


def check_limit(scope: str, key: str | int | None) -> None:
    """Takes one try from the bucket of `key` in one of LIMITS. Raises RATE_LIMITED."""
    limit, period_s = LIMITS[scope]
    check_rate(scope, str(key), limit=limit, period_s=period_s)


def check_login(folded_username: str, address: str | None) -> None:
    """One try to log in as a user from an address. Raises RATE_LIMITED.

    The pair's bucket comes before the user's, so that one address alone cannot shut a user out.
    """
    network = network_of(address)
    check_limit("login.address", network)
    check_limit("login.pair", f"{network}|{folded_username}")
    check_limit("login.user", folded_username)


def network_of(address: str | None) -> str:
    """What counts as one caller: an IPv4 address, or the /64 that an IPv6 host has for itself."""
    if address is None:
        return "unknown"
    parsed = ip_address(address)
    return address if parsed.version == 4 else str(IPv6Network((int(parsed), 64), strict=False))
