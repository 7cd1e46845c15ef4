"""The shell page: the same for every deep link, under a policy with a nonce of its own."""

import json
import re

from django.test import SimpleTestCase, override_settings

from webclient import modules

SCRIPT = re.compile(r"<script\b[^>]*>")
IMPORT_MAP = re.compile(r'<script type="importmap"[^>]*>(.*?)</script>', re.DOTALL)
HASHED = "webclient.storage.HashedStaticFilesStorage"
PLAIN = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@override_settings(STORAGES=PLAIN)
class ShellTest(SimpleTestCase):
    def setUp(self) -> None:
        modules._cached_import_map.cache_clear()
        self.addCleanup(modules._cached_import_map.cache_clear)

    def test_every_page_of_the_client_answers_with_the_shell(self) -> None:
        for path in ("/", "/c/42", "/contacts", "/agents", "/catch-up", "/settings", "/settings/ai", "/join/abc-DEF_1"):
            with self.subTest(path):
                response = self.client.get(path)
                self.assertContains(response, '<div id="app"></div>')
                self.assertIn("no-store", response["Cache-Control"])

    def test_pages_cannot_be_posted_to(self) -> None:
        self.assertEqual(self.client.post("/").status_code, 405)

    def test_each_script_carries_the_nonce_of_the_policy(self) -> None:
        response = self.client.get("/")
        found = re.search(r"'nonce-([^']+)'", response["Content-Security-Policy"])
        assert found is not None
        scripts = SCRIPT.findall(response.content.decode())
        self.assertGreaterEqual(len(scripts), 3)
        for script in scripts:
            self.assertIn(f'nonce="{found[1]}"', script)

    def test_a_nonce_is_used_once(self) -> None:
        policies = {self.client.get("/")["Content-Security-Policy"] for _ in range(3)}
        self.assertEqual(len(policies), 3)

    def test_the_policy_allows_no_inline_code_and_no_framing(self) -> None:
        policy = self.client.get("/")["Content-Security-Policy"]
        self.assertNotIn("unsafe", policy)
        self.assertIn("frame-ancestors 'none'", policy)
        self.assertIn("object-src 'none'", policy)
        self.assertIn("base-uri 'none'", policy)

    def test_the_page_has_no_inline_styles_or_handlers(self) -> None:
        page = self.client.get("/").content.decode()
        self.assertNotRegex(page, r"<style|\sstyle=|\son[a-z]+=")

    def test_the_import_map_names_the_packages(self) -> None:
        found = IMPORT_MAP.search(self.client.get("/").content.decode())
        assert found is not None
        imports = json.loads(found[1])["imports"]
        self.assertEqual({name for name in imports if not name.startswith("/")}, set(modules.PACKAGES))

    def test_the_manifest_is_a_web_app_manifest(self) -> None:
        response = self.client.get("/manifest.webmanifest")
        self.assertEqual(response["Content-Type"], "application/manifest+json")
        self.assertEqual(response.json()["start_url"], "/")
