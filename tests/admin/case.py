"""Staff, and pages of the admin as they see them."""

import time
from typing import Any

from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from core.reauthentication import SESSION_KEY
from tests.groups.factories import make_user

STATIC = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


class StaffClient(Client):
    """Someone who has given their password just now."""

    def force_login(self, user: Any, backend: str | None = None) -> None:
        super().force_login(user, backend)
        session = self.session
        session[SESSION_KEY] = time.time()
        session.save()


@override_settings(
    STORAGES={"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}, **STATIC},
    SECURE_SSL_REDIRECT=False,
)
class AdminCase(TestCase):
    """Logged in as a superuser."""

    client_class = StaffClient
    staff: User

    @classmethod
    def setUpTestData(cls) -> None:
        cls.staff = User.objects.create_superuser("operator", "correct horse battery")

    def setUp(self) -> None:
        self.client.force_login(self.staff)

    def make_moderator(self, *codenames: str) -> User:
        """A member of staff with just these permissions."""
        moderator = make_user(is_staff=True)
        moderator.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        return moderator

    def get_page(self, address: str, **query: Any) -> str:
        """A page's HTML."""
        response = self.client.get(address, query)
        self.assertEqual(response.status_code, 200, address)
        return response.content.decode()

    def get_list(self, model: str, **query: Any) -> str:
        """The list of `app_model`."""
        return self.get_page(reverse(f"admin:{model}_changelist"), **query)

    def get_detail(self, model: str, key: Any) -> str:
        """The page of one object."""
        return self.get_page(reverse(f"admin:{model}_change", args=[key]))

    def count_queries(self, address: str, **query: Any) -> int:
        """How many queries a page takes."""
        with CaptureQueriesContext(
            connection,
        ) as queries:
            self.get_page(address, **query)
        return len(queries)

    def act(self, model: str, action: str, *keys: Any) -> Any:
        """A bulk action on some rows of a list."""
        data = {"action": action, "_selected_action": [str(key) for key in keys]}
        return self.client.post(reverse(f"admin:{model}_changelist"), data, follow=True)

    def confirm(self, model: str, action: str, key: Any, **fields: Any) -> Any:
        """A confirmed dialog of a detail page, with what its form asks for."""
        return self.client.post(reverse(f"admin:{model}_{action}", args=[key]), {"_form_submitted": "on", **fields})
