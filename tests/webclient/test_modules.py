"""The client's modules: each is found under its hashed name by those that import it, and keeps the house rules."""

import json
import re
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from django.core.management import call_command
from django.test import SimpleTestCase, override_settings

from webclient import modules

IMPORT = re.compile(r"""^\s*(?:import|export)\s(?:[^'"]*?\sfrom\s)?['"]([^'"]+)['"]""", re.MULTILINE)
KEY = re.compile(r"""'([a-z]+\.[A-Za-z][A-Za-z._-]*)'""")
ENTRY = re.compile(r"""'([a-z]+\.[A-Za-z][\w.-]*)':""")
MARKUP = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
FORBIDDEN = {"api": r"\.\./(store|socket|ui)/", "socket": r"\.\./(store|ui)/", "store": r"\.\./ui/"}
MAX_LINES = 300


def read(path: str) -> str:
    """The text of a module by its static path."""
    return (modules.STATIC_ROOT / path).read_text(encoding="utf-8")


def own_modules() -> list[str]:
    """The modules that are the project's own."""
    return [path for path in modules.list_modules() if "/vendor/" not in path]


class HashedNamesTest(SimpleTestCase):
    def test_every_import_leads_to_a_file_under_its_hashed_name(self) -> None:
        with TemporaryDirectory() as folder:
            storages = {"staticfiles": {"BACKEND": "webclient.storage.HashedStaticFilesStorage"}}
            with override_settings(STATIC_ROOT=folder, STORAGES=storages, DEBUG=False):
                call_command("collectstatic", interactive=False, verbosity=0)
                imports = json.loads(modules._build_import_map())["imports"]
            for path in modules.list_modules():
                for target in IMPORT.findall(read(path)):
                    name = target if not target.startswith(".") else f"/static/{resolve(path, target)}"
                    self.assertIn(name, imports, f"{path} imports {target}")
                    served = Path(folder) / imports[name].removeprefix("/static/")
                    self.assertTrue(served.exists(), served)
                    self.assertRegex(served.name, r"\.[0-9a-f]{12}\.js$")


def resolve(path: str, target: str) -> str:
    """The static path that a relative import of a module means."""
    parts: list[str] = list(PurePosixPath(path).parent.parts)
    for part in PurePosixPath(target).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


class HouseRulesTest(SimpleTestCase):
    def test_nothing_is_ever_written_as_html(self) -> None:
        for path in own_modules():
            self.assertNotRegex(read(path), MARKUP, path)

    def test_modules_are_short(self) -> None:
        lengths = {path: read(path).count("\n") for path in own_modules()}
        self.assertEqual({path: lines for path, lines in lengths.items() if lines > MAX_LINES}, {})

    def test_modules_are_type_checked(self) -> None:
        unchecked = [path for path in own_modules() if not read(path).startswith("// @ts-check")]
        self.assertEqual(unchecked, ["webclient/boot.js"])

    def test_lower_layers_do_not_import_the_screens(self) -> None:
        for path in own_modules():
            forbidden = FORBIDDEN.get(path.split("/")[1])
            if forbidden:
                for target in IMPORT.findall(read(path)):
                    self.assertNotRegex(target, forbidden, path)

    def test_both_languages_say_everything(self) -> None:
        english, chinese = (ENTRY.findall(read(f"webclient/i18n/{name}.js")) for name in ("en", "zh-CN"))
        self.assertEqual(len(english), len(set(english)))
        self.assertEqual(sorted(english), sorted(chinese))
        used = {key for path in own_modules() if "/i18n/" not in path for key in KEY.findall(read(path))}
        stored = {key for key in used if key.startswith("gochat.")}
        self.assertEqual(used - stored - set(english), set())

    def test_style_sheets_take_colours_from_the_tokens(self) -> None:
        for name in modules.STYLESHEETS:
            if name != "tokens":
                text = read(f"webclient/styles/{name}.css")
                self.assertEqual(re.findall(r"#[0-9A-Fa-f]{6}\b|rgba?\(", text), [], name)
