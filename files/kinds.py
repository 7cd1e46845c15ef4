"""What a file is, by its first bytes: what a client says is only what has to be found there.

A type whose form we know is found by its own marks. Other pictures, sounds and films must be something of that kind to
puremagic. The rest (texts, archives of all sorts) is never shown by us, only handed out as a download, so any form of
it will do: but a text has no zero bytes.
"""

import re
import unicodedata
from typing import Final

import puremagic

HEAD_BYTES: Final = 64 * 1024
OCTETS: Final = "application/octet-stream"
MADE_TYPE: Final = "image/webp"  # of the pictures that are made here
IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
CONTENT_TYPE: Final = r"^[A-Za-z0-9!#$&^_.+-]{1,63}/[A-Za-z0-9!#$&^_.+-]{1,63}\s*(;[^\x00-\x1f\x7f]*)?\Z"
MAX_FILENAME: Final = 255

_ALIASES: Final = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "audio/x-m4a": "audio/mp4",
    "audio/m4a": "audio/mp4",
    "audio/mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/x-flac": "audio/flac",
    "audio/opus": "audio/ogg",
    "application/ogg": "audio/ogg",
}
_MARKS: Final[dict[str, re.Pattern[bytes]]] = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
    "audio/webm": re.compile(rb"\x1a\x45\xdf\xa3"),
    "video/webm": re.compile(rb"\x1a\x45\xdf\xa3"),
    "audio/ogg": re.compile(rb"OggS"),
    "video/ogg": re.compile(rb"OggS"),
    "audio/mp4": re.compile(rb".{4}ftyp", re.DOTALL),
    "video/mp4": re.compile(rb".{4}ftyp", re.DOTALL),
    "video/quicktime": re.compile(rb".{4}(ftyp|moov|mdat|wide|free|skip)", re.DOTALL),
    "audio/mpeg": re.compile(rb"ID3|\xff[\xe2-\xff]"),
    "audio/aac": re.compile(rb"\xff[\xf0-\xff]|ID3|ADIF"),
    "audio/wav": re.compile(rb"RIFF.{4}WAVE", re.DOTALL),
    "audio/flac": re.compile(rb"fLaC|ID3"),
    "application/pdf": re.compile(rb".{0,1019}%PDF-", re.DOTALL),
    "application/zip": re.compile(rb"PK(\x03\x04|\x05\x06|\x07\x08)"),
}
_WIDE_TEXT: Final = (b"\xff\xfe", b"\xfe\xff")  # UTF-16 and UTF-32 have zero bytes by right
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def normalize_type(content_type: str) -> str:
    """The type alone, in lower case and under its usual name; parameters go."""
    bare = content_type.partition(";")[0].strip().lower()
    return _ALIASES.get(bare, bare)


def has_form(content_type: str, head: bytes) -> bool:
    """Whether a file that begins with `head` can be of this (normalized) type."""
    marks = _MARKS.get(content_type)
    if marks is not None:
        return marks.match(head) is not None
    major = content_type.partition("/")[0]
    if content_type == "image/svg+xml":
        return b"<svg" in head
    if major in {"image", "audio", "video"}:
        return _looks_like(major, head)
    if major == "text":
        return b"\x00" not in head or head.startswith(_WIDE_TEXT)
    return True


def shown_type(content_type: str) -> str:
    """The type under which an original is handed out: what browsers would run or render as a page has none."""
    return content_type if content_type in _MARKS else OCTETS


def is_playable(content_type: str) -> bool:
    """Whether this is sound or film, which has a duration."""
    return content_type.startswith(("audio/", "video/"))


def clean_filename(filename: str) -> str:
    """The name without folders and without what cannot be seen (control characters, directions); "" if none is left.

    At most MAX_FILENAME characters; an extension survives the cut.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", filename))[-1]
    name = "".join(char for char in last if unicodedata.category(char) not in _UNSEEN or char in "\u200c\u200d")
    name = name.strip().rstrip(". ")
    if len(name) <= MAX_FILENAME:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 16:
        return name[:MAX_FILENAME]
    return f"{stem[: MAX_FILENAME - len(extension) - 1]}.{extension}"


def _looks_like(major: str, head: bytes) -> bool:
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return False
    return any(match.mime_type.startswith(f"{major}/") for match in found)
