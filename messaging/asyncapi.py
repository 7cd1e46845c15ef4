"""The socket's half of the contract as an AsyncAPI 3 document, generated from the frames' structs and docstrings."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, get_args

import msgspec

from messaging import commands, frames
from messaging.commands import AnyClientFrame, ClientFrame, DurableCommand
from messaging.frames import ServerFrame
from messaging.wire import ConversationView

REF_TEMPLATE = "#/components/schemas/{name}"
DURABLE_REPLIES = (frames.MessageAck, frames.Error)
REPLIES: Mapping[type, tuple[type, ...]] = {
    commands.Sync: (frames.SyncResult, frames.Error),
    commands.Ping: (frames.Pong,),
    # A first frame is answered by `ready`; a renewal on a live socket has no answer of its own.
    commands.Auth: (frames.Ready, frames.Error),
}
DESCRIPTION = """\
The socket's half of the GoChat contract, version 1. JSON text frames, UTF-8; `type` tells the frame.

The access token comes one of three ways: an `Authorization: Bearer` header on the handshake, `?ticket=` from
`POST /api/v1/auth/ws-ticket`, or a first frame `auth` within 5 s. `ready` says that nothing stored from then on passes
the socket by unseen. A client frame may carry an `id`, which its answer repeats; a malformed or unknown one gets
`error` with `INVALID_MESSAGE`, and the socket stays open.

The four durable commands (`send-message`, `edit-message`, `recall-message`, `react`) are answered on the sending
socket, at least once, by `message-ack` or `error`; repeated with the same `client_msg_id` they get the original answer.

Close codes: 1009 frame over 256 KiB, 1012 the gateway is restarting, 1013 the client reads too slowly, 4401 not or no
longer authenticated, 4403 banned or session ended, 4408 heartbeat missed, 4429 flooding.
"""


def client_frames() -> tuple[type[ClientFrame], ...]:
    """Every frame that a client may send."""
    return get_args(AnyClientFrame)


def server_frames() -> tuple[type[ServerFrame], ...]:
    """Every frame that the server may send, in the order of their definition."""
    found = (value for value in vars(frames).values() if inspect.isclass(value))
    return tuple(frame for frame in found if issubclass(frame, ServerFrame) and frame is not ServerFrame)


def build_document() -> dict[str, Any]:
    """The whole document, JSON-ready."""
    client, server = client_frames(), server_frames()
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "GoChat socket", "version": "1", "description": DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": {
            "socket": {
                "address": "/ws/",
                "description": "One authenticated socket of one session.",
                "messages": {name_of(frame): _ref("messages", name_of(frame)) for frame in (*client, *server)},
                "bindings": {"ws": _handshake()},
            }
        },
        "operations": _operations(client, server),
        "components": {
            "messages": {name_of(frame): _describe(frame) for frame in (*client, *server)},
            "schemas": _schemas((*client, *server)),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "ticket": {"type": "httpApiKey", "in": "query", "name": "ticket"},
            },
        },
    }


def type_of(frame: type[msgspec.Struct]) -> str:
    """The frame's `type` on the wire."""
    return str(frame.__struct_config__.tag)


def name_of(frame: type[msgspec.Struct]) -> str:
    """The message's name in the document: its type, with the direction where both sides have a frame of that type."""
    is_twofold = type_of(frame) in _types_of(client_frames()) & _types_of(server_frames())
    return f"{type_of(frame)}.from-server" if is_twofold and issubclass(frame, ServerFrame) else type_of(frame)


def _types_of(found: Iterable[type[msgspec.Struct]]) -> set[str]:
    return {type_of(frame) for frame in found}


def _operations(client: Iterable[type[ClientFrame]], server: Iterable[type[ServerFrame]]) -> dict[str, Any]:
    """From the server's point of view, as AsyncAPI 3 has it: `receive` what clients send, `send` what it sends."""
    operations = {
        f"receive.{name_of(frame)}": _operation("receive", frame)
        | ({"reply": _reply(replies)} if (replies := _replies_to(frame)) else {})
        for frame in client
    }
    return operations | {f"send.{name_of(frame)}": _operation("send", frame) for frame in server}


def _operation(action: str, frame: type[msgspec.Struct]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "action": action,
        "channel": {"$ref": "#/channels/socket"},
        "summary": _first_line(frame),
        "messages": [_in_channel(frame)],
    }
    if action == "receive":
        operation["security"] = [_ref("securitySchemes", "bearer"), _ref("securitySchemes", "ticket")]
    return operation


def _replies_to(frame: type[ClientFrame]) -> tuple[type, ...]:
    return DURABLE_REPLIES if issubclass(frame, DurableCommand) else REPLIES.get(frame, ())


def _reply(replies: Iterable[type]) -> dict[str, Any]:
    return {"channel": {"$ref": "#/channels/socket"}, "messages": [_in_channel(frame) for frame in replies]}


def _in_channel(frame: type[msgspec.Struct]) -> dict[str, str]:
    return {"$ref": f"#/channels/socket/messages/{name_of(frame)}"}


def _describe(frame: type[msgspec.Struct]) -> dict[str, Any]:
    return {
        "name": type_of(frame),
        "title": frame.__name__,
        "summary": _first_line(frame),
        "description": inspect.getdoc(frame) or "",
        "payload": _ref("schemas", frame.__name__),
    }


def _first_line(frame: type[msgspec.Struct]) -> str:
    return (inspect.getdoc(frame) or "").partition("\n")[0]


def _schemas(found: Iterable[type[msgspec.Struct]]) -> dict[str, Any]:
    _refs, components = msgspec.json.schema_components([*found, ConversationView], ref_template=REF_TEMPLATE)
    # The encoder takes these fields ready-made, whence their type is open in the code; here they say what they hold.
    view = _ref("schemas", ConversationView.__name__)
    for frame in (frames.ConversationAdded, frames.ConversationUpdated):
        components[frame.__name__]["properties"]["conversation"] = view
    components[frames.SyncResult.__name__]["properties"]["conversations"] = {"type": "array", "items": view}
    # A log entry's own fields stand beside those that every entry has.
    components[frames.ConversationEvent.__name__]["additionalProperties"] = True
    return dict(components)


def _ref(section: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{section}/{name}"}


def _handshake() -> dict[str, Any]:
    ticket = {"type": "string", "description": "A single-use ticket from POST auth/ws-ticket, for browsers."}
    token = {"type": "string", "description": "Bearer and an access token, for clients that can set headers."}
    return {
        "method": "GET",
        "query": {"type": "object", "properties": {"ticket": ticket}},
        "headers": {"type": "object", "properties": {"Authorization": token}},
        "bindingVersion": "0.1.0",
    }
