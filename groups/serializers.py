"""What the groups API takes and gives. Input refuses unknown fields; output serializers describe the answers only."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from core.api import StrictSerializer
from core.ids import parse_id
from groups.models import JoinPolicy
from messaging.models import Role

MAX_ADDED_AT_ONCE = 10_000
MAX_SLOW_MODE_S = 6 * 3600
MAX_INVITE_LIFETIME_S = 366 * 24 * 3600


class IdField(serializers.CharField):
    """An opaque id of the wire, as the database's integer. What cannot be an id names nothing: NOT_FOUND."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=24, **options)

    def to_internal_value(self, data: Any) -> Any:
        return parse_id(super().to_internal_value(data))


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

    max_uses = serializers.IntegerField(min_value=1, max_value=settings.MAX_GROUP_MEMBERS, required=False, allow_null=True)
    expires_in = serializers.IntegerField(min_value=1, max_value=MAX_INVITE_LIFETIME_S, required=False, allow_null=True)


class UseInvite(StrictSerializer):
    """POST groups/join."""

    invite = serializers.CharField(max_length=64)


class TransferGroup(StrictSerializer):
    """POST groups/{id}/transfer."""

    user_id = IdField()


class Nothing(StrictSerializer):
    """The body of a call that takes none: an empty object, or no body."""
