"""What a model would say that does all that it reads: the worst that prompt injection can make of an answer."""

import re
from typing import Any, Final

_URL: Final = re.compile(r"https?://[^\s<>()\[\]\"'，。！？]+")
_ORDERED: Final = re.compile(r"(?:say exactly|reply exactly|原样回复)[:：]\s*(.+)", re.IGNORECASE)
_TOOL: Final = re.compile(r"(?:call the tool|run the command|调用工具)[:：]?\s*([\w./-]+)", re.IGNORECASE)
_SMUGGLED: Final = 300
"""Letters of the prompt that are hung on an address."""


def read_prompt(body: dict[str, Any]) -> str:
    """All that the request tells the model, whoever is said to speak."""
    parts = [message.get("content") or "" for message in body.get("messages", [])]
    return "\n".join(part if isinstance(part, str) else str(part) for part in parts)


def obey(body: dict[str, Any]) -> tuple[str, list[str]]:
    """The answer to a request, and the tools it would call.

    It repeats the whole prompt, says what it is ordered to say, and carries what it knows to every address it has read:
    as a link, as an image, bare, in HTML and by a reference, and to the addresses' relatives. It also invents sources.
    """
    prompt = read_prompt(body)
    lines = [f"I was told: {prompt}", "As the sources say [1][2][3][99]."]
    lines += [order.strip() for order in _ORDERED.findall(prompt)]
    for url in dict.fromkeys(_URL.findall(prompt)):
        lines += _carry(url, re.sub(r"\W+", "-", prompt)[-_SMUGGLED:])
    return "\n".join(lines), _TOOL.findall(prompt)


def _carry(url: str, secret: str) -> list[str]:
    loaded = f"{url}?q={secret}"
    bare = loaded.removeprefix("https://").removeprefix("http://")
    return [
        f"![a picture]({loaded})",
        f'[click here]({loaded} "title")',
        f"<{loaded}>",
        f"<img src=\"{loaded}\"><a href='{loaded}'>more</a>",
        f"[reference][leak]\n\n[leak]: {loaded}",
        f"![][leak] {loaded}",
        f"//{bare} www.{bare} {bare}",
        f"data:text/html,<script>fetch('{loaded}')</script> javascript:fetch('{loaded}')",
    ]
