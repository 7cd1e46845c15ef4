"""Password checks outside the API: the admin's log-in page."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.addresses import client_address
from accounts.models import User, fold_username
from accounts.services.throttles import check_login
from core.errors import DomainError


class ThrottledModelBackend(ModelBackend):
    """Django's backend behind the throttles of auth/login: by address, by user, by both."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """As ModelBackend. Raises PermissionDenied, which Django answers like a wrong password, when throttled."""
        address = client_address(request.META) if request is not None else None
        try:
            check_login(fold_username(username or ""), address)
        except DomainError as exc:
            raise PermissionDenied from exc
        return super().authenticate(request, username=username, password=password, **kwargs)
