"""What of a model's words is shown: markers that name real sources, no images, and no address that the model has made.

The same filter is for the deltas and for the stored answer: what is pushed is a beginning of what is stored.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from django.utils.translation import gettext as _

from ai_agent.retrieval import Source
from messaging.services.answers import Cited

_ENDS_ADDRESS: Final = r"\s<>\"'`，。；！？、（）【】《》“”"
_ADDRESS: Final = re.compile(
    rf"""(?ix)
    (?:(?<![a-z0-9])[a-z][a-z0-9+.-]{{1,20}}:)?//[^{_ENDS_ADDRESS}/][^{_ENDS_ADDRESS}]*  # https://host/...
    | (?<![a-z0-9])[a-z][a-z0-9+.-]{{1,20}}:///[^{_ENDS_ADDRESS}]+                       # file:///...
    | (?<![a-z0-9])(?:javascript|vbscript|mailto|blob|tel|sms):[^{_ENDS_ADDRESS}]+
    | (?<![a-z0-9])data:[\w/+.-]*[;,][^{_ENDS_ADDRESS}]*
    | (?<![a-z0-9])www\.[^{_ENDS_ADDRESS}]+
    | (?<![a-z0-9])(?:[a-z0-9-]+\.)+[a-z]{{2,}}(?::\d+)?[/?\#][^{_ENDS_ADDRESS}]*       # host.tld/...
    """
)
_TRAILING: Final = re.compile(r"[.,;:!?)\]}*_~|]+$")
_IMAGE: Final = re.compile(r"!\[([^\]\n]*)\](?:\([^)\n]*\))?")
_LINK: Final = re.compile(r"\[([^\]\n]*)\]\(\s*<?([^)\s>]*)>?[^)\n]*\)")
_TAG: Final = re.compile(
    r"</?(?:a|img|image|picture|source|video|audio|track|iframe|frame|object|embed|script|style|link|base|meta|form|"
    r"input|button|svg|math|body|html)\b[^>\n]*>?",
    re.IGNORECASE,
)
_MARKER: Final = re.compile(r" ?(?:\[\^?(\d{1,3}(?:\s*[,，、;]\s*\d{1,3})*)\]|【(\d{1,3}(?:\s*[,，、;]\s*\d{1,3})*)】)")
_FENCE: Final = "```"
_GAP: Final = "\0"
"""Stands for what was taken out."""
_APART: Final = frozenset(" \n\t，。；！？、（）《》“”")
_ENDS_SENTENCE: Final = re.compile(r"[.,;:!?)]+(?=\s|$)")
_OPEN: Final = re.compile(
    r" ?!?\[[^\]\n]*$| ?!?\[[^\]\n]*\]$| ?!?\[[^\]\n]*\]\([^)\n]*$| ?【[^】\n]*$|</?[a-zA-Z][^>\n]*$|</?$|!$|`+$| $"
)
_UNFINISHED: Final = re.compile(rf"[^{_ENDS_ADDRESS}]*$")
_ASCII: Final = re.compile(r"[\x21-\x7e]*$")
_SUSPECT: Final = re.compile(r"[:/.@?#]")
_MAX_HELD: Final = 2_000
"""What is open for longer than this is no link that anybody would follow."""


class Citing:
    """An answer as it comes, made fit to be shown: feed it the model's pieces, show what it returns, and `close` it.

    `[n]` names the n-th of `sources`; markers are numbered anew from 1 as they appear, which is the order of `cited`,
    and those that name nothing are dropped. Images become their descriptions. An address stays where it stands, letter
    by letter, in a source or in `question`, and otherwise gives way to a note.
    """

    def __init__(self, sources: Sequence[Source], question: str = "") -> None:
        self._sources = sources
        self._allowed = _addresses([question, *(source.message.text for source in sources)])
        self._numbers: dict[int, int] = {}
        self._held = ""
        self._in_code = False
        self._gap = ""
        self._shown: list[str] = []
        self._end = ""

    @property
    def text(self) -> str:
        """All that has been shown so far."""
        return "".join(self._shown).rstrip()

    @property
    def cited(self) -> list[Cited]:
        """The sources that the markers name: the first for [1]."""
        named = [self._sources[place - 1] for place in self._numbers]
        return [Cited(source.message.pk, source.quote, source.taken_at) for source in named]

    def feed(self, piece: str) -> str:
        """What may be shown by now: less than came, where it is not yet known what it will be."""
        self._held += piece
        if len(self._held) > _MAX_HELD and not _settled(self._held):
            ready, self._held = f"{self._held} ", ""
            return self._show(ready)
        length = _settled(self._held)
        ready, self._held = self._held[:length], self._held[length:]
        return self._show(ready)

    def close(self) -> str:
        """The rest."""
        ready, self._held = self._held, ""
        return self._show(ready)

    def _show(self, text: str) -> str:
        parts = text.split(_FENCE)
        shown = []
        for place, part in enumerate(parts):
            if place:
                self._in_code = not self._in_code
            shown.append(part if self._in_code else self._clean(part))
        joined = self._without_addresses(self._close_gaps(self._gap + _FENCE.join(shown)))
        if not self._shown:
            joined = joined.lstrip()
        if joined:
            self._shown.append(joined)
            self._end = (self._end + joined)[-_MAX_HELD:]
        return joined

    def _clean(self, text: str) -> str:
        text = _IMAGE.sub(lambda found: found[1] or _GAP, text.replace(_GAP, ""))
        text = _LINK.sub(self._as_text, text)
        text = _TAG.sub(_GAP, text)
        return _MARKER.sub(self._renumber, text)

    def _as_text(self, link: "re.Match[str]") -> str:
        """A link as what it says and where it leads, so that nobody is led elsewhere."""
        label, target = link[1], link[2]
        if label.isdecimal():
            return f"[{label}]"
        return f"{label} ({target})" if target in self._allowed and target != label else label

    def _renumber(self, marker: "re.Match[str]") -> str:
        places = [int(number) for number in re.findall(r"\d+", marker[0])]
        real = [place for place in dict.fromkeys(places) if 1 <= place <= len(self._sources)]
        numbers = [self._numbers.setdefault(place, len(self._numbers) + 1) for place in real]
        if not numbers:
            return _GAP
        space = " " if marker[0].startswith(" ") else _GAP if self._follows_address(marker) else ""
        return space + "".join(f"[{number}]" for number in numbers)

    def _follows_address(self, marker: "re.Match[str]") -> bool:
        return _ADDRESS.search(_run_at_end(marker.string[: marker.start()])) is not None

    def _close_gaps(self, text: str) -> str:
        """What was taken out must not join what stood on its two sides: together they could be an address. A gap at the
        end waits for what follows."""
        self._gap = _GAP if text.endswith(_GAP) else ""
        first, *rest = text.rstrip(_GAP).split(_GAP)
        pieces, last = [first], (first or self._end)[-1:]
        for part in rest:
            is_apart = not last or last in _APART or part[:1] in _APART or _ENDS_SENTENCE.match(part)
            pieces.append(part if is_apart and part else f" {part}" if part else "")
            last = (pieces[-1] or last)[-1:]
        return "".join(pieces)

    def _without_addresses(self, text: str) -> str:
        """The text with a note for each address that may not stand; also for one whose beginning is shown already."""
        tail = _run_at_end(self._end)
        kept, at = [], 0
        for found in _ADDRESS.finditer(tail + text):
            start, end = found.start() - len(tail), found.end() - len(tail)
            address = _TRAILING.sub("", found[0])
            if end <= 0 or address in self._allowed:
                continue
            note = _("(link left out)")
            kept += [text[at : max(0, start)], note if start >= 0 else f" {note}"]
            at = max(0, start + len(address))
        return "".join([*kept, text[at:]])


def check_citations(text: str, sources: Sequence[Source], question: str = "") -> tuple[str, list[Cited]]:
    """A whole answer, made fit to be shown, and what it cites: the first for [1]."""
    citing = Citing(sources, question)
    citing.feed(text)
    citing.close()
    return citing.text, citing.cited


def _settled(text: str) -> int:
    """How much of a text can be shown whatever follows: up to a link, tag or marker that is open, or the beginning of
    what may be an address."""
    length = len(text)
    while True:
        if (is_open := _OPEN.search(text[:length])) is not None:
            length = is_open.start()
        if text[length : length + 1].isspace() or (before := _before_address(text, length)) == length:
            return length
        length = before


def _before_address(text: str, length: int) -> int:
    """Where the run of characters at the end begins to look like an address, or may yet: a plain word does not."""
    first = length - len(_run_at_end(text[:length]))
    if (address := _ADDRESS.search(text, first, length)) is not None:
        return address.start()
    tail = _ASCII.search(text, first, length)
    return tail.start() if tail is not None and _SUSPECT.search(tail[0]) else length


def _run_at_end(text: str) -> str:
    """What an address could go on from."""
    run = _UNFINISHED.search(text)
    return run[0] if run is not None else ""


def _addresses(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(_TRAILING.sub("", found[0]) for text in texts for found in _ADDRESS.finditer(text))
