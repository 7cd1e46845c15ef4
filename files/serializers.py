"""What the files API takes. Unknown fields are refused; answers are described by the structs of `files.wire`."""

from typing import Any

from rest_framework import serializers

from core.api import StrictSerializer
from core.ids import MAX_BIGINT
from files.kinds import CONTENT_TYPE
from files.selectors import ORIGINAL, VARIANTS
from files.services.uploading import MAX_PARTS

MAX_ID = 24


class CreateFile(StrictSerializer):
    """POST files."""

    filename = serializers.CharField(max_length=1024, trim_whitespace=False)
    content_type = serializers.RegexField(CONTENT_TYPE, max_length=127)
    size = serializers.IntegerField(min_value=1, max_value=MAX_BIGINT, help_text="Bytes.")
    sha256 = serializers.RegexField(r"^[0-9a-fA-F]{64}\Z", required=False, help_text="Checked on completion.")
    duration_ms = serializers.IntegerField(
        min_value=1, max_value=MAX_BIGINT, required=False, help_text="Of sound and film, as the client measured it."
    )


class CompletedPart(StrictSerializer):
    """A part that was sent."""

    number = serializers.IntegerField(min_value=1, max_value=MAX_PARTS)
    etag = serializers.CharField(max_length=128, help_text="As the storage answered the part's PUT.")


class CompleteFile(StrictSerializer):
    """POST files/{id}/complete."""

    parts = CompletedPart(many=True, required=False)


class UrlParameters(serializers.Serializer[Any]):
    """GET files/{id}/url."""

    variant = serializers.ChoiceField(choices=VARIANTS, default=ORIGINAL, required=False)


class ChooseAvatar(StrictSerializer):
    """PUT users/me/avatar, PUT groups/{id}/avatar: a picture that the caller has uploaded."""

    file_id = serializers.CharField(max_length=MAX_ID)
