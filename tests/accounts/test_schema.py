"""The OpenAPI description says what the endpoints do."""

import re
from functools import lru_cache
from typing import Any

from django.test import SimpleTestCase
from django.urls import get_resolver
from drf_spectacular.generators import SchemaGenerator

from accounts.urls import urlpatterns

PUBLIC = {"register", "login", "register_guest", "refresh", "request_password_reset", "confirm_password_reset"}


@lru_cache(maxsize=1)
def operations() -> dict[str, dict[str, Any]]:
    """Every described operation of accounts by "METHOD /path"."""
    generator: Any = SchemaGenerator
    schema = generator().get_schema(request=None, public=True)
    routes = {"/api/v1/" + re.sub(r"<\w+:(\w+)>", r"{\1}", str(pattern.pattern)) for pattern in urlpatterns}
    return {
        f"{method.upper()} {path}": operation
        for path, methods in schema["paths"].items()
        if path in routes
        for method, operation in methods.items()
    }


class SchemaTest(SimpleTestCase):
    def test_every_endpoint_is_described(self) -> None:
        expected = {
            f"{method.upper()} /api/v1/" + re.sub(r"<\w+:(\w+)>", r"{\1}", str(pattern.pattern))
            for pattern in urlpatterns
            for method in ("get", "post", "put", "patch", "delete")
            if hasattr(getattr(pattern.callback, "view_class", None), method)
        }
        self.assertEqual(set(operations()), expected)
        self.assertGreater(len(expected), 25)
        for name, operation in operations().items():
            self.assertTrue(operation["description"], name)

    def test_every_refusal_has_the_one_shape(self) -> None:
        for name, operation in operations().items():
            for status, response in operation["responses"].items():
                if status >= "400":
                    schema = response["content"]["application/json"]["schema"]
                    self.assertEqual(schema, {"$ref": "#/components/schemas/Error"}, name)
                    self.assertRegex(response["description"], r"^`[A-Z_]+`")

    def test_only_the_doors_are_open(self) -> None:
        for name, operation in operations().items():
            is_open = operation["operationId"] in PUBLIC
            self.assertEqual(operation["security"], [{}] if is_open else [{"accessToken": []}], name)
            may_be_401 = not is_open or operation["operationId"] in {"login", "refresh"}
            self.assertEqual("401" in operation["responses"], may_be_401, name)

    def test_paths_have_no_trailing_slash(self) -> None:
        self.assertTrue(all(not str(pattern.pattern).endswith("/") for pattern in urlpatterns))
        self.assertIsNotNone(get_resolver().resolve("/api/v1/users/me"))
