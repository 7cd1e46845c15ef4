"""Pictures: their size from the header, and smaller ones made anew, which alone are ever shown inline.

What is made carries nothing of the original but its pixels, turned the way the camera was held: no EXIF (where it was
taken), no profile, no comments, nothing after the end.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

THUMBNAIL_EDGE: Final = 512
PREVIEW_EDGE: Final = 2048
AVATAR_EDGE: Final = 256
_FORMATS: Final = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}
_QUALITY: Final = 80
_ORIENTATION: Final = 0x0112
_LYING: Final = frozenset({5, 6, 7, 8})  # EXIF orientations that swap width and height
_MAX_FRAMES: Final = 120
_MIN_FRAME_MS: Final = 20

Image.MAX_IMAGE_PIXELS = None  # our own limit is checked before anything is decoded


class UnreadableImageError(Exception):
    """These bytes are no picture of the type that they are said to be."""


class TooManyPixelsError(Exception):
    """The picture is larger than FILE_IMAGE_MAX_PIXELS."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """Two WebP pictures."""

    thumbnail: bytes
    preview: bytes


def measure(data: bytes, content_type: str) -> tuple[int, int]:
    """Width and height as the picture is to be seen, from its header: nothing is decoded.

    Raises UnreadableImageError, TooManyPixelsError.
    """
    with _opened(data, content_type) as image:
        width, height = image.size
        return (height, width) if image.getexif().get(_ORIENTATION) in _LYING else (width, height)


def render(data: bytes, content_type: str) -> Rendered:
    """The thumbnail (still) and the preview (moving, where the original moves and is not too much of it).

    Raises UnreadableImageError, TooManyPixelsError.
    """
    with _opened(data, content_type) as image:
        frames = getattr(image, "n_frames", 1)
        moves = 1 < frames <= _MAX_FRAMES and frames * image.width * image.height <= settings.FILE_IMAGE_MAX_PIXELS
        image.draft("RGB", (PREVIEW_EDGE, PREVIEW_EDGE))
        still = _upright(image)
        thumbnail = _encode(_fit(still, THUMBNAIL_EDGE))
        preview = _encode_moving(image) if moves else _encode(_fit(still, PREVIEW_EDGE))
        return Rendered(thumbnail, preview)


def render_avatar(data: bytes, content_type: str) -> bytes:
    """A square WebP out of the middle, at most AVATAR_EDGE wide. Raises UnreadableImageError, TooManyPixelsError."""
    with _opened(data, content_type) as image:
        image.draft("RGB", (2 * AVATAR_EDGE, 2 * AVATAR_EDGE))
        still = _upright(image)
        edge = min(AVATAR_EDGE, *still.size)
        return _encode(ImageOps.fit(still, (edge, edge), Image.Resampling.LANCZOS))


@contextmanager
def _opened(data: bytes, content_type: str) -> Iterator[Image.Image]:
    try:
        with Image.open(io.BytesIO(data), formats=[_FORMATS[content_type]]) as image:
            if image.width * image.height > settings.FILE_IMAGE_MAX_PIXELS:
                raise TooManyPixelsError
            yield image
    except (OSError, SyntaxError, ValueError, EOFError, UnidentifiedImageError, Image.DecompressionBombError) as exc:
        raise UnreadableImageError(str(exc)) from exc


def _upright(image: Image.Image) -> Image.Image:
    """The first frame as it is to be seen, with or without transparency."""
    turned = ImageOps.exif_transpose(image)
    return turned.convert("RGBA" if turned.has_transparency_data else "RGB")


def _fit(image: Image.Image, edge: int) -> Image.Image:
    """A copy whose longest edge is at most `edge`; a smaller picture keeps its size."""
    small = image.copy()
    small.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    return small


def _encode(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    # A new picture out of the pixels alone: whatever the file said beside them stays behind.
    bare = Image.frombytes(image.mode, image.size, image.tobytes())
    bare.save(buffer, "WEBP", quality=_QUALITY, method=4)
    return buffer.getvalue()


def _encode_moving(image: Image.Image) -> bytes:
    frames, durations = [], []
    for frame in ImageSequence.Iterator(image):
        durations.append(max(_MIN_FRAME_MS, int(frame.info.get("duration", 100))))
        frames.append(_fit(frame.convert("RGBA"), PREVIEW_EDGE))
    buffer = io.BytesIO()
    frames[0].save(
        buffer,
        "WEBP",
        save_all=True,
        append_images=frames[1:],
        duration=durations,
        loop=image.info.get("loop", 0),
        quality=_QUALITY,
        exif=b"",
        icc_profile=b"",
        xmp=b"",
    )
    return buffer.getvalue()
