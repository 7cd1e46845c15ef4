"""The socket's document: whole, sound, and naming every frame of the contract that this program has."""

import tempfile
from pathlib import Path
from typing import Any

import msgspec
import yaml
from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, override_settings

from messaging import frames
from messaging.asyncapi import build_document
from messaging.wire import ConversationView, MessageView

CLIENT_FRAMES = {
    "send-message",
    "edit-message",
    "recall-message",
    "react",
    "message-received",
    "mark-read",
    "stop-answer",
    "regenerate-answer",
    "typing",
    "sync",
    "presence-subscribe",
    "auth",
    "ping",
}
SERVER_FRAMES = {
    "ready",
    "message-ack",
    "new-message",
    "conversation-event",
    "read-receipt",
    "received-receipt",
    "conversation-added",
    "conversation-updated",
    "conversation-removed",
    "message-delta",
    "typing",
    "online-status",
    "sanctions-changed",
    "resync",
    "auth-expiring",
    "sync-result",
    "pong",
    "error",
}


def list_refs(node: Any) -> list[str]:
    """Every `$ref` in a document."""
    if isinstance(node, dict):
        return [ref for key, value in node.items() for ref in ([value] if key == "$ref" else list_refs(value))]
    return [ref for item in node for ref in list_refs(item)] if isinstance(node, list) else []


class SocketDocumentTests(SimpleTestCase):
    def setUp(self) -> None:
        self.document = build_document()

    def resolve(self, ref: str) -> Any:
        node: Any = self.document
        for step in ref.removeprefix("#/").split("/"):
            node = node[step]
        return node

    def types(self, action: str) -> set[str]:
        operations = [row for row in self.document["operations"].values() if row["action"] == action]
        messages = [self.resolve(row["messages"][0]["$ref"]) for row in operations]
        return {self.resolve(message["$ref"])["name"] for message in messages}

    def test_it_has_what_asyncapi_3_asks_for(self) -> None:
        assert self.document["asyncapi"] == "3.0.0"
        assert {"title", "version"} <= self.document["info"].keys()
        for operation in self.document["operations"].values():
            assert operation["action"] in {"send", "receive"}
            assert operation["channel"] == {"$ref": "#/channels/socket"}
            assert operation["summary"]

    def test_every_reference_leads_somewhere(self) -> None:
        refs = list_refs(self.document)
        assert len(refs) > 50
        for ref in refs:
            assert self.resolve(ref), ref

    def test_every_frame_of_the_contract_is_there_in_its_direction(self) -> None:
        assert self.types("receive") == CLIENT_FRAMES
        assert self.types("send") == SERVER_FRAMES

    def test_every_payload_names_its_type_and_is_described(self) -> None:
        for message in self.document["components"]["messages"].values():
            schema = self.resolve(message["payload"]["$ref"])
            assert schema["properties"]["type"] == {"enum": [message["name"]]}
            assert "type" in schema["required"]
            assert message["description"]

    def test_only_the_durable_commands_are_answered_by_an_ack(self) -> None:
        acked = {
            name.removeprefix("receive.")
            for name, operation in self.document["operations"].items()
            if any(ref.endswith("/message-ack") for ref in list_refs(operation.get("reply", {})))
        }
        assert acked == {"send-message", "edit-message", "recall-message", "react"}

    def test_conversations_are_typed_as_the_contract_has_them(self) -> None:
        schemas = self.document["components"]["schemas"]
        view = {"$ref": "#/components/schemas/ConversationView"}
        assert schemas["ConversationAdded"]["properties"]["conversation"] == view
        assert schemas["SyncResult"]["properties"]["conversations"]["items"] == view
        assert set(schemas["ConversationView"]["properties"]) == set(ConversationView.__struct_fields__)
        assert set(schemas["MessageView"]["required"]) == set(MessageView.__struct_fields__) - {"citations"}

    def test_an_encoded_frame_has_the_fields_that_are_required(self) -> None:
        ready = frames.Ready(
            user_id="1", session_id="2", connection_id="c", gateway_id="g", heartbeat_ms=1, server_time="t"
        )
        sent = msgspec.json.decode(frames.encode(ready))
        schema = self.document["components"]["schemas"]["Ready"]
        assert set(schema["required"]) == set(sent)


class SocketDocumentViewTests(SimpleTestCase):
    def test_the_document_is_served(self) -> None:
        response = self.client.get("/api/socket/")
        assert response.json() == msgspec.to_builtins(build_document())
        assert self.client.post("/api/socket/").status_code == 405

    def test_the_http_document_describes_every_messaging_call_with_its_errors(self) -> None:
        response = self.client.get("/api/schema/?format=json")
        document = yaml.safe_load(response.content)
        paths = {path: calls for path, calls in document["paths"].items() if "/conversations" in path}
        assert len(paths) >= 8
        for path, calls in paths.items():
            for method, call in calls.items():
                if method not in {"get", "post", "put", "patch", "delete"}:
                    continue
                with self.subTest(path=path, method=method):
                    assert call["description"]
                    assert "401" in call["responses"]
        fields = document["components"]["schemas"]["MessageView"]["properties"]
        assert set(fields) == set(MessageView.__struct_fields__)

    @override_settings(DEBUG=True)  # otherwise it needs collected static files
    def test_people_can_read_it(self) -> None:
        assert b"swagger-ui" in self.client.get("/api/docs/").content


class SocketDocumentCommandTests(SimpleTestCase):
    def test_it_is_written_and_checked(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "docs/asyncapi.yaml"
            with self.assertRaises(CommandError):
                call_command("asyncapi", file=path, check=True)
            call_command("asyncapi", file=path)
            call_command("asyncapi", file=path, check=True)
            assert yaml.safe_load(path.read_text()) == msgspec.to_builtins(build_document())
            path.write_text("asyncapi: 3.0.0")
            with self.assertRaises(CommandError):
                call_command("asyncapi", file=path, check=True)
