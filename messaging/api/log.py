"""The log of a conversation over HTTP: history, events, and sending without a socket."""

from typing import Any

import msgspec
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.requests import caller_of, parse_body
from core.errors import ErrorCode
from core.struct_schema import refusals
from messaging.api.parsing import enter, parse_query
from messaging.selectors.events import events_page
from messaging.selectors.history import HistoryPage, HistoryQuery, history_page
from messaging.serializers import EventParameters, HistoryParameters, SendMessageBody
from messaging.services.posting import post_message
from messaging.wire import MessageView


class EventsPage(msgspec.Struct, frozen=True):
    """A part of the log by rising seq, without a gap. Each event has `seq`, `event`, `actor_id`, `at` and what it is
    about; event names may be added."""

    events: list[dict[str, Any]]
    last_seq: int
    has_more: bool


class Accepted(msgspec.Struct, frozen=True):
    """The message is on its way, but was not stored within 5 s: ask again with the same id."""

    client_msg_id: str


class MessageListView(APIView):
    @extend_schema(
        operation_id="list_messages",
        parameters=[HistoryParameters],
        responses={200: HistoryPage} | refusals(ErrorCode.INVALID_REQUEST, ErrorCode.CONVERSATION_NOT_FOUND),
    )
    def get(self, request: Request, conversation: str) -> Response:
        """History in its present state, by rising seq; membership events show as `system` messages.

        Apply the events after `as_of_seq` to it.
        """
        place = enter(request, conversation)
        return Response(history_page(place, HistoryQuery(**parse_query(HistoryParameters, request))))

    @extend_schema(
        operation_id="send_message",
        request=SendMessageBody,
        responses={201: MessageView, 202: OpenApiResponse(Accepted, description="Not stored yet.")}
        | refusals(
            ErrorCode.INVALID_REQUEST,
            ErrorCode.INVALID_MESSAGE,
            ErrorCode.MESSAGE_TOO_LARGE,
            ErrorCode.CONTENT_REJECTED,
            ErrorCode.CONVERSATION_NOT_FOUND,
            ErrorCode.MESSAGE_NOT_FOUND,
            ErrorCode.FORBIDDEN,
            ErrorCode.BLOCKED,
            ErrorCode.MUTED,
            ErrorCode.CONFLICT,
            ErrorCode.RATE_LIMITED,
            ErrorCode.UNAVAILABLE,
        ),
    )
    def post(self, request: Request, conversation: str) -> Response:
        """Send without a socket: the same path and the same idempotency by `client_msg_id`."""
        place = enter(request, conversation)
        body = parse_body(SendMessageBody, request)
        stored = post_message(place, body, session_id=caller_of(request)[1].session_id)
        if stored is None:
            return Response({"client_msg_id": body["client_msg_id"]}, status=202)
        return Response(stored, status=201)


class EventListView(APIView):
    @extend_schema(
        operation_id="list_events",
        parameters=[EventParameters],
        responses={200: EventsPage} | refusals(ErrorCode.INVALID_REQUEST, ErrorCode.CONVERSATION_NOT_FOUND),
    )
    def get(self, request: Request, conversation: str) -> Response:
        """The log itself after a seq, for catching up; a client more than 1,000 behind reloads history instead."""
        place = enter(request, conversation)
        return Response(events_page(place, **parse_query(EventParameters, request)))
