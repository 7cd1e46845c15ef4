"""What the HTTP API of accounts reads and answers."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.avatars import avatar_url
from accounts.models import FriendRequest, User, UserKind
from accounts.privacy import EVERYONE, FRIENDS, NOBODY, read_privacy
from core.api import StrictSerializer
from core.clock import to_wire
from core.paging import MAX_LIMIT

_MAX_PASSWORD = 256


class IdField(serializers.CharField):
    """An opaque id: a decimal string."""

    def to_representation(self, value: Any) -> str:
        return str(value)


class TimeField(serializers.DateTimeField):
    """RFC 3339 UTC with milliseconds."""

    def to_representation(self, value: Any) -> str:
        return to_wire(value)


class PasswordField(serializers.CharField):
    """A password, spaces and all."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, max_length=_MAX_PASSWORD, write_only=True, **options)


class NothingSerializer(StrictSerializer):
    """An empty object."""


# --- Users ----------------------------------------------------------------------------------------------------------
class UserSerializer(serializers.Serializer[Any]):
    """A user as everyone sees them."""

    id = IdField(source="pk")
    username = serializers.CharField()
    display_name = serializers.CharField()
    avatar_url = serializers.SerializerMethodField()
    kind = serializers.ChoiceField(choices=UserKind.choices)

    def get_avatar_url(self, user: Any) -> str | None:
        return avatar_url(user["avatar"] if isinstance(user, Mapping) else user.avatar)


class PrivacySerializer(serializers.Serializer[Any]):
    """Who may do what with a user."""

    direct = serializers.ChoiceField(choices=[EVERYONE, FRIENDS], help_text="Who may open a direct conversation.")
    groups = serializers.ChoiceField(choices=[EVERYONE, FRIENDS], help_text="Who may add one to a group.")
    last_seen = serializers.ChoiceField(
        choices=[EVERYONE, FRIENDS, NOBODY], help_text="Who sees when one was last online."
    )
    searchable = serializers.BooleanField(help_text="Whether one is found by name or id.")


class PrivacyChangeSerializer(StrictSerializer, PrivacySerializer):
    """The privacy settings to change."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields


class MeSerializer(UserSerializer):
    """The caller."""

    email = serializers.CharField(help_text="Empty when there is none.")
    settings = serializers.DictField(help_text="The clients' own, merged key by key.")
    privacy = serializers.SerializerMethodField()
    created_at = TimeField()

    def get_privacy(self, user: User) -> PrivacySerializer:
        return read_privacy(user.privacy)  # type: ignore[return-value] # the annotation is the schema's


class ProfileSerializer(UserSerializer):
    """A user, and what they are to the caller."""

    is_friend = serializers.BooleanField()
    is_blocked = serializers.BooleanField(help_text="Whether the caller blocks them.")
    remark = serializers.CharField(help_text="The caller's own note about a friend.")
    last_seen_at = TimeField(allow_null=True, help_text="Null where their privacy hides it.")


class ProfileChangeSerializer(StrictSerializer):
    """What to change about oneself."""

    display_name = serializers.CharField(required=False, max_length=256)
    email = serializers.EmailField(required=False, allow_blank=True, max_length=254)
    settings = serializers.DictField(required=False, help_text="Merged key by key; null removes a key.")
    privacy = PrivacyChangeSerializer(required=False)


class ErasureSerializer(serializers.Serializer[Any]):
    """When the account will have been erased."""

    erased_after = TimeField()


class UserSearchQuery(serializers.Serializer[Any]):
    """`?q=`: the beginning of a name, or an id; or `?ids=`: some users by their ids, with commas between."""

    q = serializers.CharField(max_length=64, required=False)
    ids = serializers.RegexField(rf"^[0-9]{{1,18}}(,[0-9]{{1,18}}){{0,{MAX_LIMIT - 1}}}\Z", required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one of the two."""
        if ("q" in attrs) == ("ids" in attrs):
            raise serializers.ValidationError({"q": [_("Give either q or ids.")]})
        return attrs


# --- Auth -----------------------------------------------------------------------------------------------------------
class TokensSerializer(serializers.Serializer[Any]):
    """An access token, its lifetime, and the refresh token for the next one."""

    access = serializers.CharField()
    refresh = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Lifetime of the access token, in seconds.")


class UserWithTokensSerializer(TokensSerializer):
    """A user who is now logged in."""

    user = UserSerializer()


class RegisterSerializer(StrictSerializer):
    """A new account."""

    username = serializers.CharField(max_length=256)
    password = PasswordField()
    display_name = serializers.CharField(required=False, allow_blank=True, max_length=256, default="")
    email = serializers.EmailField(required=False, allow_blank=True, max_length=254, default="")


class LoginSerializer(StrictSerializer):
    """A name and a password."""

    username = serializers.CharField(max_length=256)
    password = PasswordField()
    device_name = serializers.CharField(required=False, allow_blank=True, max_length=120, default="")


class GuestSerializer(StrictSerializer):
    """A guest."""

    display_name = serializers.CharField(required=False, allow_blank=True, max_length=256, default="")


class UpgradeSerializer(StrictSerializer):
    """What makes a guest an account."""

    username = serializers.CharField(max_length=256)
    password = PasswordField()
    email = serializers.EmailField(required=False, allow_blank=True, max_length=254, default="")


class RefreshSerializer(StrictSerializer):
    """A refresh token."""

    refresh = serializers.CharField(max_length=4096)


class PasswordSerializer(StrictSerializer):
    """The present and the next password."""

    old_password = PasswordField()
    new_password = PasswordField()


class ResetSerializer(StrictSerializer):
    """Where to send a reset token."""

    email = serializers.EmailField(max_length=254)


class ResetConfirmSerializer(StrictSerializer):
    """A reset token and the next password."""

    token = serializers.CharField(max_length=256)
    new_password = PasswordField()


class TicketSerializer(serializers.Serializer[Any]):
    """A ticket for one socket."""

    ticket = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds.")


class SessionSerializer(serializers.Serializer[Any]):
    """A device."""

    id = IdField(source="pk")
    device_name = serializers.CharField()
    created_at = TimeField()
    last_seen_at = TimeField()
    current = serializers.SerializerMethodField()

    def get_current(self, session: Any) -> bool:
        return bool(session.pk == self.context["session_id"])


# --- Friends and blocks ---------------------------------------------------------------------------------------------
class FriendSerializer(serializers.Serializer[Any]):
    """A friend."""

    user = UserSerializer(source="friend")
    remark = serializers.CharField()
    created_at = TimeField()


class FriendRequestSerializer(serializers.Serializer[FriendRequest]):
    """An open request; `user` is the other side."""

    id = IdField(source="pk")
    direction = serializers.SerializerMethodField()
    user = serializers.SerializerMethodField()
    message = serializers.CharField()
    created_at = TimeField()

    def get_direction(self, request: FriendRequest) -> str:
        return "incoming" if request.recipient_id == self.context["user_id"] else "outgoing"

    def get_user(self, request: FriendRequest) -> UserSerializer:
        incoming = request.recipient_id == self.context["user_id"]
        data: Mapping[str, Any] = UserSerializer(request.sender if incoming else request.recipient).data
        return data  # type: ignore[return-value] # the annotation is the schema's


class AskSerializer(StrictSerializer):
    """Whom to ask, and what to say."""

    user_id = serializers.CharField(max_length=32)
    message = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")


class AskedSerializer(serializers.Serializer[Any]):
    """`pending` with the request, or `accepted` with the friend when the other had asked too."""

    status = serializers.ChoiceField(choices=["pending", "accepted"])
    request = FriendRequestSerializer(allow_null=True)
    friend = FriendSerializer(allow_null=True)


class RemarkSerializer(StrictSerializer):
    """A note about a friend, empty to remove it."""

    remark = serializers.CharField(allow_blank=True, max_length=64)


class BlockSerializer(serializers.Serializer[Any]):
    """A blocked user."""

    user = UserSerializer(source="blocked")
    created_at = TimeField()
