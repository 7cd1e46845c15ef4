"""Friends, requests and blocks."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.requests import caller_of, parse_body
from accounts.selectors import list_blocks, list_friend_requests, list_friends
from accounts.serializers import (
    AskedSerializer,
    AskSerializer,
    BlockSerializer,
    FriendRequestSerializer,
    FriendSerializer,
    NothingSerializer,
    RemarkSerializer,
)
from accounts.services import blocks, friends
from core.ids import parse_id
from core.paging import PageQuery, read_page_request
from core.schema import error_responses, page_of


class FriendListView(APIView):
    """friends."""

    @extend_schema(
        operation_id="list_friends",
        parameters=[PageQuery],
        responses={200: page_of(FriendSerializer, "FriendPage"), **error_responses(400, 401)},
    )
    def get(self, request: Request) -> Response:
        """The caller's friends with remarks."""
        page = list_friends(caller_of(request)[0].pk, read_page_request(request))
        return Response(page.as_dict(lambda row: FriendSerializer(row).data))


class FriendView(APIView):
    """friends/{user_id}."""

    @extend_schema(
        operation_id="update_friend",
        request=RemarkSerializer,
        responses={200: FriendSerializer, **error_responses(400, 401, 404)},
    )
    def patch(self, request: Request, user_id: str) -> Response:
        """Set the caller's remark about a friend."""
        remark = parse_body(RemarkSerializer, request)["remark"]
        friendship = friends.set_remark(caller_of(request)[0].pk, parse_id(user_id), remark)
        return Response(FriendSerializer(friendship).data)

    @extend_schema(operation_id="end_friendship", responses={204: None, **error_responses(401, 404)})
    def delete(self, request: Request, user_id: str) -> Response:
        """End a friendship, on both sides."""
        friends.unfriend(caller_of(request)[0].pk, parse_id(user_id))
        return Response(status=204)


class FriendRequestListView(APIView):
    """friends/requests."""

    @extend_schema(
        operation_id="list_friend_requests",
        parameters=[PageQuery],
        responses={200: page_of(FriendRequestSerializer, "FriendRequestPage"), **error_responses(400, 401)},
    )
    def get(self, request: Request) -> Response:
        """The open requests that the caller sent or received, newest first."""
        user_id = caller_of(request)[0].pk
        page = list_friend_requests(user_id, read_page_request(request))
        return Response(page.as_dict(lambda row: FriendRequestSerializer(row, context={"user_id": user_id}).data))

    @extend_schema(
        operation_id="ask_friend",
        request=AskSerializer,
        responses={200: AskedSerializer, 201: AskedSerializer, **error_responses(400, 401, 403, 404, 409, 429)},
    )
    def post(self, request: Request) -> Response:
        """Ask someone to be a friend. If they have asked too, both are friends at once."""
        body = parse_body(AskSerializer, request)
        user_id = caller_of(request)[0].pk
        result = friends.ask(user_id, parse_id(body["user_id"]), body["message"])
        status = "pending" if result.request else "accepted"
        asked = {"status": status, "request": result.request, "friend": result.friendship}
        answer = AskedSerializer(asked, context={"user_id": user_id})
        return Response(answer.data, status=201 if result.created else 200)


class FriendRequestView(APIView):
    """friends/requests/{id}."""

    @extend_schema(operation_id="withdraw_friend_request", responses={204: None, **error_responses(401, 404)})
    def delete(self, request: Request, request_id: str) -> Response:
        """Take back a request that the caller has sent."""
        friends.withdraw(caller_of(request)[0].pk, parse_id(request_id))
        return Response(status=204)


class FriendAcceptView(APIView):
    """friends/requests/{id}/accept."""

    @extend_schema(
        operation_id="accept_friend_request",
        request=NothingSerializer,
        responses={200: FriendSerializer, **error_responses(400, 401, 404)},
    )
    def post(self, request: Request, request_id: str) -> Response:
        """Accept a request that the caller has received."""
        parse_body(NothingSerializer, request)
        return Response(FriendSerializer(friends.accept(caller_of(request)[0].pk, parse_id(request_id))).data)


class FriendDeclineView(APIView):
    """friends/requests/{id}/decline."""

    @extend_schema(
        operation_id="decline_friend_request",
        request=NothingSerializer,
        responses={204: None, **error_responses(400, 401, 404)},
    )
    def post(self, request: Request, request_id: str) -> Response:
        """Refuse a request that the caller has received. Its sender is not told."""
        parse_body(NothingSerializer, request)
        friends.decline(caller_of(request)[0].pk, parse_id(request_id))
        return Response(status=204)


class BlockListView(APIView):
    """blocks."""

    @extend_schema(
        operation_id="list_blocks",
        parameters=[PageQuery],
        responses={200: page_of(BlockSerializer, "BlockPage"), **error_responses(400, 401)},
    )
    def get(self, request: Request) -> Response:
        """Whom the caller blocks."""
        page = list_blocks(caller_of(request)[0].pk, read_page_request(request))
        return Response(page.as_dict(lambda row: BlockSerializer(row).data))


class BlockView(APIView):
    """blocks/{user_id}."""

    @extend_schema(
        operation_id="block_user",
        request=NothingSerializer,
        responses={204: None, **error_responses(400, 401, 404)},
    )
    def put(self, request: Request, user_id: str) -> Response:
        """Refuse someone's direct messages; it also ends a friendship. Repeating it changes nothing."""
        parse_body(NothingSerializer, request)
        blocks.block(caller_of(request)[0].pk, parse_id(user_id))
        return Response(status=204)

    @extend_schema(operation_id="unblock_user", responses={204: None, **error_responses(401, 404)})
    def delete(self, request: Request, user_id: str) -> Response:
        """Take a block back. Repeating it changes nothing."""
        blocks.unblock(caller_of(request)[0].pk, parse_id(user_id))
        return Response(status=204)
