"""Agents: who there is, and one's own conversation with one."""

import msgspec
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.requests import parse_body
from ai_agent.selectors.agents import AgentList, list_agents, view_agents
from ai_agent.services.opening import open_conversation
from core.api import StrictSerializer
from core.errors import ErrorCode
from core.ids import parse_id
from core.struct_schema import refusals
from messaging.api.parsing import caller_id, check_write_rate
from messaging.selectors.conversations import list_views
from messaging.wire import ConversationView


class NothingBody(StrictSerializer):
    """POST agents/{id}/conversation: there is nothing to say."""


class AgentListView(APIView):
    @extend_schema(operation_id="list_agents", responses={200: AgentList} | refusals())
    def get(self, request: Request) -> Response:
        """The AI agents of this site that are switched on."""
        caller_id(request)
        return Response(msgspec.to_builtins(view_agents(list_agents())))


class AgentConversationView(APIView):
    @extend_schema(
        operation_id="open_agent_conversation",
        request=NothingBody,
        responses={
            200: OpenApiResponse(ConversationView, description="It was there."),
            201: OpenApiResponse(ConversationView, description="It is new; the agent may greet."),
        }
        | refusals(ErrorCode.INVALID_REQUEST, ErrorCode.NOT_FOUND, ErrorCode.RATE_LIMITED),
    )
    def post(self, request: Request, agent: str) -> Response:
        """The caller's conversation with an agent: there is one of the two, and nobody else is in it."""
        check_write_rate(request)
        parse_body(NothingBody, request)
        conversation, created = open_conversation(caller_id(request), parse_id(agent))
        [view] = list_views(caller_id(request), [conversation.pk])
        return Response(view, status=201 if created else 200)
