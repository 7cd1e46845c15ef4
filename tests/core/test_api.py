"""What every view shares: the one error shape, and the strict reading of bodies."""

import threading
from io import BytesIO
from typing import Any
from unittest.mock import patch

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, connection, transaction
from django.http import Http404
from django.test import Client, SimpleTestCase, TransactionTestCase, override_settings
from redis.exceptions import ConnectionError as RedisConnectionError
from rest_framework import exceptions, serializers

from core.api import StrictJSONParser, StrictSerializer, handle_exception
from core.errors import HTTP_STATUS, DomainError, ErrorCode, rate_limited
from core.redis import get_redis
from messaging.models import Conversation
from tests.factories import make_client, make_user
from tests.messaging.building import Log, make_direct

DEADLINE_S = 20.0


def answer(exc: Exception) -> tuple[int, dict[str, Any], Any]:
    """Status, body and headers of the answer to an exception in a view."""
    response = handle_exception(exc, {})
    if response is None:
        raise AssertionError(f"not handled: {exc!r}")
    return response.status_code, response.data, response


class ErrorShapeTest(SimpleTestCase):
    def test_every_code_has_its_status_and_the_one_shape(self) -> None:
        for code in ErrorCode:
            status, body, _headers = answer(DomainError(code, details={"n": 1}))
            self.assertEqual(status, HTTP_STATUS[code])
            self.assertEqual(body.keys(), {"code", "message", "details"})
            self.assertEqual((body["code"], body["details"]), (code.value, {"n": 1}))
            self.assertIs(type(body["message"]), str)

    def test_a_rate_limit_says_when_to_come_back_in_whole_seconds_rounded_up(self) -> None:
        _status, body, headers = answer(rate_limited(1_001))
        self.assertEqual((headers["Retry-After"], body["details"]), ("2", {"retry_after_ms": 1_001}))

    def test_a_missing_sign_in_names_the_scheme(self) -> None:
        unknown = (exceptions.NotAuthenticated(), exceptions.AuthenticationFailed(), DomainError(ErrorCode.AUTH_FAILED))
        for exc in unknown:
            status, body, headers = answer(exc)
            self.assertEqual((status, body["code"], headers["WWW-Authenticate"]), (401, "AUTH_FAILED", "Bearer"))

    def test_what_django_and_drf_refuse_has_codes_of_the_contract(self) -> None:
        expected = (
            (Http404("secret path"), 404, "NOT_FOUND"),
            (exceptions.NotFound(), 404, "NOT_FOUND"),
            (PermissionDenied(), 403, "FORBIDDEN"),
            (exceptions.PermissionDenied(), 403, "FORBIDDEN"),
            (exceptions.MethodNotAllowed("PUT"), 405, "INVALID_REQUEST"),
            (exceptions.UnsupportedMediaType("text/plain"), 415, "INVALID_REQUEST"),
            (exceptions.ParseError("why"), 400, "INVALID_REQUEST"),
        )
        for exc, status, code in expected:
            got, body, _headers = answer(exc)
            self.assertEqual((got, body["code"]), (status, code), exc)
            self.assertNotIn("secret", str(body))

    def test_nested_field_errors_keep_their_place(self) -> None:
        error = serializers.ValidationError({"a": ["one"], "b": {"c": ["two"]}})
        self.assertEqual(answer(error)[1]["details"], {"fields": {"a": ["one"], "b": {"c": ["two"]}}})

    def test_a_service_that_is_away_answers_503_and_when_to_try_again(self) -> None:
        failures = (
            OperationalError("canceling statement due to lock timeout"),
            OperationalError("deadlock detected"),
            InterfaceError("connection already closed"),
            RedisConnectionError("refused"),
        )
        for failure in failures:
            status, body, headers = answer(failure)
            self.assertEqual((status, body["code"], headers["Retry-After"]), (503, "UNAVAILABLE", "1"), failure)
            self.assertNotIn(str(failure), str(body))

    def test_a_bug_is_no_refusal(self) -> None:
        for bug in (ValueError(), KeyError("x"), exceptions.APIException()):
            self.assertIsNone(handle_exception(bug, {}))


class UnknownPathTest(SimpleTestCase):
    def test_an_address_that_is_none_answers_in_the_one_shape_to_every_method(self) -> None:
        for method in ("get", "post", "put", "patch", "delete"):
            for path in ("nowhere", "users/me/", "conversations//x", "auth/login/again"):
                response = getattr(Client(enforce_csrf_checks=True), method)(f"/api/v1/{path}")
                self.assertEqual((response.status_code, response.json()["code"]), (404, "NOT_FOUND"), (method, path))
                self.assertEqual(response.json().keys(), {"code", "message", "details"})


class OutsideTheViewsTest(TransactionTestCase):
    """What ends before or beyond DRF's own handling still has the one shape; pages keep theirs."""

    def test_a_host_that_is_not_ours_is_refused_in_the_one_shape_under_the_api_alone(self) -> None:
        for path, is_api in (("/api/v1/config", True), ("/admin/login/", False)):
            response = Client().get(path, headers={"host": "elsewhere.example"})
            self.assertEqual(response.status_code, 400)
            self.assertEqual(response["Content-Type"] == "application/json", is_api)
            if is_api:
                self.assertEqual((response.json()["code"], response.json()["details"]), ("INVALID_REQUEST", {}))

    def test_a_fault_of_the_program_is_unavailable_in_the_one_shape(self) -> None:
        client = make_client(make_user())
        client.raise_request_exception = False
        with patch("rest_framework.views.APIView.initial", side_effect=ZeroDivisionError):
            response = client.get("/api/v1/users/me")
        self.assertEqual((response.status_code, response["Retry-After"]), (503, "1"))
        self.assertEqual(response.json().keys(), {"code", "message", "details"})
        self.assertEqual(response.json()["code"], "UNAVAILABLE")


class TooLargeTest(TransactionTestCase):
    @override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
    def test_a_body_over_the_limit_is_too_large_in_the_one_shape(self) -> None:
        response = make_client(make_user()).patch("/api/v1/users/me", {"display_name": "x" * 1001}, format="json")
        self.assertEqual((response.status_code, response.json()["code"]), (413, "MESSAGE_TOO_LARGE"))


class UnavailableTest(TransactionTestCase):
    """Real failures, through a real view."""

    def setUp(self) -> None:
        get_redis().flushdb()
        self.ann, self.bob = make_user(), make_user()
        self.direct = make_direct(self.ann, self.bob)
        self.message = Log(self.direct).send(self.bob)
        self.client_of_ann = make_client(self.ann)

    def ask(self) -> Any:
        return self.client_of_ann.put(f"/api/v1/conversations/{self.direct.pk}/pins/{self.message.pk}")

    def assert_unavailable(self, response: Any) -> None:
        self.assertEqual((response.status_code, response["Retry-After"]), (503, "1"), response.content)
        self.assertEqual(response.json().keys(), {"code", "message", "details"})
        self.assertEqual(response.json()["code"], "UNAVAILABLE")

    def test_a_conversation_that_stays_locked_is_unavailable_and_then_is_not(self) -> None:
        locked, done = threading.Event(), threading.Event()

        def hold() -> None:
            with transaction.atomic():
                Conversation.objects.select_for_update().get(pk=self.direct.pk)
                locked.set()
                done.wait(DEADLINE_S)
            connection.close()

        holder = threading.Thread(target=hold)
        holder.start()
        try:
            self.assertTrue(locked.wait(DEADLINE_S))
            self.assert_unavailable(self.ask())
        finally:
            done.set()
            holder.join(DEADLINE_S)
        self.assertTrue(200 <= self.ask().status_code < 300)

    def test_a_database_that_is_lost_before_the_caller_is_known_is_unavailable(self) -> None:
        with patch("django.db.backends.utils.CursorWrapper.execute", side_effect=OperationalError("gone")):
            response = self.client_of_ann.get("/api/v1/users/me")
        self.assert_unavailable(response)


class StrictParserTest(SimpleTestCase):
    def parse(self, body: bytes) -> Any:
        return StrictJSONParser().parse(BytesIO(body))

    def test_json_is_read_as_it_stands(self) -> None:
        body = '{"a": [1, -2.5, null, true, "é🙂"], "b": {"c": 9223372036854775807}}'.encode()
        self.assertEqual(self.parse(body), {"a": [1, -2.5, None, True, "é🙂"], "b": {"c": 2**63 - 1}})

    def test_what_no_column_can_hold_is_refused_wherever_it_stands(self) -> None:
        refused = {
            "a NUL in a value": b'{"a": "x\\u0000y"}',
            "a NUL in a key": b'{"x\\u0000y": 1}',
            "a NUL in a list": b'[["\\u0000"]]',
            "half a surrogate pair": b'{"a": "\\ud800"}',
            "half a pair, raw": b'{"a": "\xed\xa0\x80"}',
            "no UTF-8": b'{"a": "\xff"}',
            "a number beyond 64 bits": b'{"a": 9223372036854775808}',
            "a number below them": b"[-9223372036854775809]",
            "hundreds of digits": b'{"a": ' + b"9" * 400 + b"}",
            "no number": b'{"a": NaN}',
            "infinity": b'{"a": Infinity}',
            "endless depth": b"[" * 100_000,
            "closed depth": b"[" * 100_000 + b"]" * 100_000,
            "more than one value": b"{} {}",
            "a comma too many": b'{"a": 1,}',
            "nothing": b"",
        }
        for name, body in refused.items():
            with self.assertRaises(exceptions.ParseError, msg=name):
                self.parse(body)


class Inner(StrictSerializer):
    text = serializers.CharField()


class Outer(StrictSerializer):
    inner = Inner(required=False)
    number = serializers.IntegerField(required=False)


class StrictSerializerTest(SimpleTestCase):
    def errors(self, data: Any) -> Any:
        serializer = Outer(data=data)
        serializer.is_valid()
        return serializer.errors

    def test_unknown_fields_are_refused_by_name(self) -> None:
        self.assertEqual(self.errors({"number": 1, "zeta": 1, "alpha": 2}).keys(), {"alpha", "zeta"})

    def test_within_objects_too(self) -> None:
        self.assertEqual(self.errors({"inner": {"text": "a", "colour": 1}})["inner"].keys(), {"colour"})

    def test_known_fields_pass(self) -> None:
        self.assertEqual(self.errors({"number": 1, "inner": {"text": "a"}}), {})

    def test_what_is_no_object_is_refused(self) -> None:
        wrong: tuple[Any, ...] = ([], "x", 5)
        for data in wrong:
            self.assertTrue(self.errors(data), data)
