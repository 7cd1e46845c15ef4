"""People and their devices: users, sessions (a device's login), friends, blocks."""

import re
import secrets
import time
import unicodedata
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device, DeviceManager, ThrottlingMixin, TimestampMixin
from django_otp.oath import TOTP

from core import clock
from core.fields import BinaryCharField
from core.sealing import seal, unseal


def fold_name(name: str) -> str:
    """The form in which two names are the same: NFKC and case-folded (case folding can undo NFKC, hence twice)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def fold_username(username: str) -> str:
    """The form in which two usernames are the same."""
    return fold_name(username)


@models.CharField.register_lookup
class HasPrefix(models.Lookup[str]):
    """`field__has_prefix=text`: a plain LIKE, which both databases answer from the column's index.

    (`startswith` casts on MySQL, `istartswith` on PostgreSQL; neither then uses the index.)
    """

    lookup_name = "has_prefix"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        patterns = [re.sub(r"([\\%_])", r"\\\1", str(text)) + "%" for text in right_params]
        return f"{left} LIKE {right}", (*left_params, *patterns)


class UserKind(models.TextChoices):
    PERSON = "person", _("person")
    GUEST = "guest", _("guest")
    BOT = "bot", _("bot")
    AGENT = "agent", _("agent")


class UserManager(BaseUserManager["User"]):
    """Creates users for `createsuperuser`, tests and seeds; registration goes through accounts.services."""

    def build(self, username: str, **fields: Any) -> "User":
        """A user with every derived name set, not saved: for `bulk_create`."""
        user = User(username=username, **fields)
        user.set_names(username, user.display_name or username)
        return user

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        user = self.build(username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username_folded=fold_username(username or ""))


class User(AbstractBaseUser, PermissionsMixin):
    """A person, guest, bot or agent. The username is unique in its folded form."""

    username = BinaryCharField(_("username"), max_length=32, unique=True)
    username_folded = BinaryCharField(max_length=64, unique=True, editable=False)
    display_name = models.CharField(_("display name"), max_length=64)
    # Folding lengthens some characters (up to 18 times under NFKC); what is beyond 191 is cut, for search only.
    display_name_folded = BinaryCharField(max_length=191, blank=True, default="", db_index=True, editable=False)
    avatar = BinaryCharField(max_length=43, blank=True, default="", editable=False)  # see accounts.avatars
    email = models.EmailField(_("e-mail"), blank=True, db_index=True)
    kind = models.CharField(_("kind"), max_length=8, choices=UserKind.choices, default=UserKind.PERSON)
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    privacy = models.JSONField(_("privacy"), default=dict, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    created_at = models.DateTimeField(_("created"), default=clock.now, db_index=True)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True)
    erasure_requested_at = models.DateTimeField(_("erasure requested"), null=True, blank=True, db_index=True)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.username

    def clean(self) -> None:
        super().clean()
        self.set_names(self.username, self.display_name)

    def set_names(self, username: str, display_name: str) -> None:
        """Set both names and the folded forms that uniqueness and search go by. Does not save."""
        self.username = username
        self.username_folded = fold_username(username)
        self.display_name = display_name
        self.display_name_folded = fold_name(display_name)[:191]


class Session(models.Model):
    """A device's login, behind every token: a revoked session ends its tokens at once.

    `rotation` counts the refresh tokens issued so far; only the newest may be used. `rotated_at` is when it was issued,
    and with it every token of the session can be made again, byte for byte. `recent_rotations` holds the moments
    (ISO 8601, oldest first) of the last rotations, the present one included: a used refresh token gets the same
    successor again for a few seconds (two tabs, a lost answer).
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions", verbose_name=_("user"))
    device_name = models.CharField(_("device"), max_length=120, blank=True)
    user_agent = models.CharField(_("user agent"), max_length=255, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=clock.now)
    last_seen_at = models.DateTimeField(_("last seen"), default=clock.now)
    expires_at = models.DateTimeField(_("expires"))
    rotation = models.PositiveIntegerField(_("rotation"), default=0)
    rotated_at = models.DateTimeField(_("rotated"), default=clock.now)
    recent_rotations = models.JSONField(default=list, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_reason = models.CharField(_("reason"), max_length=32, blank=True)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        indexes: ClassVar = [
            models.Index(fields=["user", "revoked_at"], name="session_live"),
            models.Index(fields=["expires_at"], name="session_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.device_name or self.pk}"


class FriendRequest(models.Model):
    """An open request; answering it deletes it."""

    sender = models.ForeignKey(User, on_delete=models.CASCADE, related_name="friend_requests_sent")
    recipient = models.ForeignKey(User, on_delete=models.CASCADE, related_name="friend_requests_received")
    message = models.CharField(_("message"), max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("friend request")
        verbose_name_plural = _("friend requests")
        constraints: ClassVar = [models.UniqueConstraint(fields=["sender", "recipient"], name="one_friend_request")]

    def __str__(self) -> str:
        return f"{self.sender_id} -> {self.recipient_id}"


class Friendship(models.Model):
    """One side of a friendship; the other side is a row of its own, written in the same transaction."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="friendships")
    friend = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    remark = models.CharField(_("remark"), max_length=64, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("friendship")
        verbose_name_plural = _("friendships")
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "friend"], name="one_friendship")]

    def __str__(self) -> str:
        return f"{self.user_id} - {self.friend_id}"


class Block(models.Model):
    """`blocker` accepts no direct messages from `blocked`."""

    blocker = models.ForeignKey(User, on_delete=models.CASCADE, related_name="blocks")
    blocked = models.ForeignKey(User, on_delete=models.CASCADE, related_name="blocked_by")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        constraints: ClassVar = [models.UniqueConstraint(fields=["blocker", "blocked"], name="one_block")]

    def __str__(self) -> str:
        return f"{self.blocker_id} x {self.blocked_id}"


def new_sealed_key() -> str:
    """160 random bits, as RFC 4226 recommends, sealed."""
    return seal(secrets.token_bytes(20))


class Authenticator(TimestampMixin, ThrottlingMixin, Device):  # type: ignore[misc] # django-otp carries no types
    """An app that shows a new code every half minute (TOTP, RFC 6238): 6 digits, SHA-1, as every such app has it.

    Its key is in the database as core.sealing leaves it. `last_t` is the half minute of the last code that was taken:
    each is good once. `drift` is by how many half minutes the app's clock is off.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    sealed_key = models.CharField(max_length=200, default=new_sealed_key, editable=False)
    drift = models.SmallIntegerField(default=0, editable=False)
    last_t = models.BigIntegerField(default=-1, editable=False)

    objects: ClassVar[models.Manager["Authenticator"]] = DeviceManager()

    class Meta:
        verbose_name = _("authenticator")
        verbose_name_plural = _("authenticators")

    @property
    def key(self) -> bytes:
        """What the app was given. Raises UnknownSealError."""
        return unseal(self.sealed_key)

    def verify_token(self, token: str) -> bool:
        """Whether the code is that of now, or of the half minute before or after; slower with every wrong one."""
        is_allowed, _reason = self.verify_is_allowed()
        if not is_allowed:
            return False
        totp = TOTP(self.key, drift=self.drift)
        totp.time = time.time()
        is_code = token.isascii() and token.isdecimal()
        if not (is_code and totp.verify(int(token), tolerance=1, min_t=self.last_t + 1)):
            self.throttle_increment()
            return False
        self.last_t, self.drift = totp.t(), totp.drift
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp(commit=False)
        self.save()
        return True

    def get_throttle_factor(self) -> int:
        """Seconds to wait after the first wrong code; twice as long after each further one."""
        return 1
