"""The Chinese catalogue: whole, sound, and compiled from what stands beside it."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client, SimpleTestCase, override_settings
from django.utils.translation.template import templatize

FOLDER = Path(settings.BASE_DIR) / "locale/zh_Hans/LC_MESSAGES"
APPS = (
    "core",
    "accounts",
    "files",
    "messaging",
    "groups",
    "search",
    "moderation",
    "ai_agent",
    "webclient",
    "gochat_site",
)
MARKERS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
TEXT = r'"(?:[^"\\]|\\.)*"'
ENTRY = re.compile(rf"^(msgid|msgid_plural|msgstr(?:\[\d\])?) ((?:{TEXT}\s*)+)", re.MULTILINE)
LITERAL = rf"u?({TEXT}|'(?:[^'\\]|\\.)*')"
CALL = re.compile(rf"(?:gettext|_)\({LITERAL}(?:, {LITERAL})?[,)]")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def read_catalogue(*, plurals: bool = True) -> dict[str, str]:
    """msgid to msgstr of the .po; where a text has a plural, that leads to its one Chinese form too."""
    catalogue: dict[str, str] = {}
    ids: list[str] = []
    for keyword, literals in ENTRY.findall((FOLDER / "django.po").read_text(encoding="utf-8")):
        text = "".join(ast.literal_eval(literal) for literal in re.findall(TEXT, literals))
        if keyword == "msgid" or (keyword == "msgid_plural" and plurals):
            ids.append(text)
        elif keyword == "msgid_plural":
            continue
        else:
            catalogue.update(dict.fromkeys(ids, text))
            ids = []
    catalogue.pop("")
    return catalogue


def list_marked() -> Iterator[tuple[Path, str]]:
    """Every string that the source marks for translation."""
    for app in APPS:
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKERS:
                    for arg in node.args:
                        if isinstance(arg, ast.Constant) and isinstance(arg.value, str):
                            yield path, arg.value
        for path in (Path(settings.BASE_DIR) / app).glob("templates/**/*"):
            if path.is_file():
                for literals in CALL.findall(templatize(path.read_text(encoding="utf-8"))):
                    yield from ((path, ast.literal_eval(literal)) for literal in literals if literal)


class CatalogueTest(SimpleTestCase):
    def test_every_marked_string_has_a_translation(self) -> None:
        catalogue = read_catalogue()
        marked = [(path.name, text) for path, text in list_marked()]
        self.assertGreater(len(marked), 250)
        self.assertIn("password_reset.txt", {name for name, _text in marked})
        self.assertEqual([found for found in marked if not catalogue.get(found[1])], [])

    def test_nothing_in_it_is_guessed_or_left_over(self) -> None:
        raw = (FOLDER / "django.po").read_text(encoding="utf-8")
        self.assertNotIn("fuzzy", raw)
        self.assertNotIn("\n#~", raw)
        self.assertEqual(set(read_catalogue()) - {text for _path, text in list_marked()}, set())

    def test_translations_keep_the_placeholders(self) -> None:
        for text, translation in read_catalogue().items():
            self.assertEqual(set(PLACEHOLDER.findall(text)), set(PLACEHOLDER.findall(translation)), text)

    def test_the_compiled_form_says_the_same(self) -> None:
        with (FOLDER / "django.mo").open("rb") as file:
            compiled = gettext.GNUTranslations(file)
        pairs: dict[Any, str] = compiled._catalog  # type: ignore[attr-defined] # no public way to list it
        flat = {key[0] if isinstance(key, tuple) else key: text for key, text in pairs.items() if key}
        self.assertEqual(flat, read_catalogue(plurals=False))


@override_settings(SECURE_SSL_REDIRECT=False)
class AcceptLanguageTest(SimpleTestCase):
    def answer(self, language: str) -> str:
        response = Client().get("/api/v1/users/me", headers={"accept-language": language})
        self.assertEqual(response.status_code, 401)
        return str(response.json()["message"])

    def test_chinese_is_chosen_by_all_its_names(self) -> None:
        for language in ("zh-CN", "zh", "zh-Hans", "zh-Hans-CN", "zh-SG", "zh-TW", "fr, zh-CN;q=0.8, en;q=0.2"):
            self.assertEqual(self.answer(language), "请先登录。", language)

    def test_everything_else_is_answered_in_english(self) -> None:
        for language in ("en-GB", "fr", "*", "", "en, zh;q=0.9"):
            self.assertEqual(self.answer(language), "Sign in to continue.", language)
