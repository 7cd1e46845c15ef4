"""The other person of a conversation of two, as its readers see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from accounts.avatars import avatar_url
from accounts.models import Friendship
from messaging.models import ConversationKind, Member
from messaging.wire import UserView, view_user


@dataclass(frozen=True, slots=True)
class Peers:
    """Everyone in some conversations of two, and what their friends call them."""

    members: dict[int, list[Member]]
    remarks: dict[tuple[int, int], str]

    def fields(self, reader: Member) -> dict[str, Any]:
        """`title`, `avatar_url`, `peer` and, in a direct conversation, how far the peer has read and received."""
        others = self.members.get(reader.conversation_id, [])
        peer = next((member for member in others if member.user_id != reader.user_id), None)
        if peer is None:
            return {"title": "", "avatar_url": None}
        remark = self.remarks.get((reader.user_id, peer.user_id))
        fields: dict[str, Any] = {
            "title": remark or peer.user.display_name,
            "avatar_url": avatar_url(peer.user.avatar),
            "peer": msgspec.convert(view_user(peer.user), UserView),
        }
        if reader.conversation.kind == ConversationKind.DIRECT:
            fields |= {"peer_read_seq": peer.read_seq, "peer_received_seq": peer.received_seq}
        return fields


def find_peers(readers: Sequence[Member]) -> Peers:
    """The people in the conversations of two among these rows. Two queries, none without any."""
    kinds = {ConversationKind.DIRECT, ConversationKind.AGENT}
    wanted = {row.conversation_id for row in readers if row.conversation.kind in kinds}
    members: dict[int, list[Member]] = {key: [] for key in wanted}
    if not wanted:
        return Peers(members, {})
    for row in Member.objects.filter(conversation_id__in=wanted).select_related("user"):
        members[row.conversation_id].append(row)
    people = {row.user_id for rows in members.values() for row in rows}
    friendships = Friendship.objects.filter(user_id__in={row.user_id for row in readers}, friend_id__in=people)
    named = friendships.exclude(remark="").values_list("user_id", "friend_id", "remark")
    return Peers(members, {(user_id, friend_id): remark for user_id, friend_id, remark in named})
