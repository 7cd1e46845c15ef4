"""What the groups API takes and gives. Input refuses unknown fields; output serializers describe the answers only."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.serializers import TimeField, UserSerializer
from core.api import StrictSerializer
from core.ids import parse_id
from groups.models import MAX_SLOW_MODE_S, JoinPolicy
from messaging.models import Role

MAX_ADDED_AT_ONCE = 10_000
MAX_INVITE_USES = 1_000_000
MAX_INVITE_LIFETIME_S = 366 * 24 * 3600


@extend_schema_field(OpenApiTypes.STR)
class IdField(serializers.Field[int, str, str, int]):
    """An opaque id of the wire, as the database's integer. A text that is no id of ours names nothing: NOT_FOUND."""

    default_error_messages: ClassVar = {"invalid": _("An id is a string.")}

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str):
            self.fail("invalid")
        return parse_id(data)

    def to_representation(self, value: int) -> str:
        return str(value)


class IdListField(serializers.ListField):
    """At most MAX_ADDED_AT_ONCE ids."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=IdField(), max_length=MAX_ADDED_AT_ONCE, **options)


class GroupProfile(StrictSerializer):
    """The fields that whoever runs the group may set."""

    name = serializers.CharField(max_length=100)
    description = serializers.CharField(max_length=1000, allow_blank=True, required=False)
    join_policy = serializers.ChoiceField(choices=JoinPolicy.choices, required=False)
    history_visible = serializers.BooleanField(required=False)


class CreateGroup(GroupProfile):
    """POST groups."""

    member_ids = IdListField(default=list)


class UpdateGroup(GroupProfile):
    """PATCH groups/{id}: any of the fields."""

    name = serializers.CharField(max_length=100, required=False)
    announcement = serializers.CharField(max_length=2000, allow_blank=True, required=False)
    muted_all = serializers.BooleanField(required=False)
    announcement_only = serializers.BooleanField(required=False)
    slow_mode_s = serializers.IntegerField(min_value=0, max_value=MAX_SLOW_MODE_S, required=False)


class AddMembers(StrictSerializer):
    """POST groups/{id}/members."""

    user_ids = IdListField(allow_empty=False)


class UpdateMember(StrictSerializer):
    """PATCH groups/{id}/members/{user_id}: either field or both; `muted_until` null lifts the silence."""

    role = serializers.ChoiceField(choices=[Role.ADMIN.value, Role.MEMBER.value], required=False)
    muted_until = serializers.DateTimeField(allow_null=True, required=False)


class CreateInvite(StrictSerializer):
    """POST groups/{id}/invites: no limit of uses, and no end, unless given. `expires_in` is in seconds."""

    max_uses = serializers.IntegerField(min_value=1, max_value=MAX_INVITE_USES, required=False, allow_null=True)
    expires_in = serializers.IntegerField(min_value=1, max_value=MAX_INVITE_LIFETIME_S, required=False, allow_null=True)


class UseInvite(StrictSerializer):
    """POST groups/join."""

    invite = serializers.CharField(max_length=64)


class TransferGroup(StrictSerializer):
    """POST groups/{id}/transfer."""

    user_id = IdField()


# --- Answers: described for OpenAPI, built by groups.selectors --------------------------------------------------------
class GroupAnswer(serializers.Serializer[Any]):
    """A group: the conversation's fields, which `GET conversations/{id}` describes, and the group's own."""

    id = serializers.CharField()
    kind = serializers.CharField(help_text="`group`.")
    title = serializers.CharField()
    avatar_url = serializers.CharField(allow_null=True)
    role = serializers.ChoiceField(choices=Role.choices, help_text="The caller's.")
    member_count = serializers.IntegerField()
    first_seq = serializers.IntegerField(help_text="Where the log starts for the caller.")
    last_seq = serializers.IntegerField()
    read_seq = serializers.IntegerField()
    unread_count = serializers.IntegerField()
    name = serializers.CharField()
    description = serializers.CharField()
    announcement = serializers.CharField()
    join_policy = serializers.ChoiceField(choices=JoinPolicy.choices)
    muted_all = serializers.BooleanField(help_text="Only the owner and admins may write.")
    announcement_only = serializers.BooleanField()
    slow_mode_s = serializers.IntegerField(help_text="Seconds between two messages of one member; 0: none.")
    history_visible = serializers.BooleanField(help_text="Whether who joins sees what came before.")
    owner_id = serializers.CharField()
    join_request_count = serializers.IntegerField(required=False, help_text="For the owner and admins.")


class MemberAnswer(serializers.Serializer[Any]):
    """A member."""

    user = UserSerializer()
    role = serializers.ChoiceField(choices=Role.choices)
    muted_until = TimeField(allow_null=True)
    joined_at = TimeField()
    read_seq = serializers.IntegerField(required=False, help_text="In conversations of up to 50 members.")
    received_seq = serializers.IntegerField(required=False)


class InviteAnswer(serializers.Serializer[Any]):
    """An invite."""

    invite = serializers.CharField(help_text="What `POST groups/join` takes.")
    url = serializers.CharField(help_text="A link for people.")
    expires_at = TimeField(allow_null=True)
    max_uses = serializers.IntegerField(allow_null=True, help_text="Null: any number.")
    uses = serializers.IntegerField()
    created_by = serializers.CharField(help_text="A user's id.")
    created_at = TimeField()


class JoinRequestAnswer(serializers.Serializer[Any]):
    """Someone who asks to be let in."""

    id = serializers.CharField()
    user = UserSerializer()
    message = serializers.CharField()
    created_at = TimeField()


class PendingAnswer(serializers.Serializer[Any]):
    """The request to join waits for the owner or an admin."""

    status = serializers.ChoiceField(choices=["pending"])
