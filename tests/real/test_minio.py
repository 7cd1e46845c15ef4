"""MinIO itself, not one that speaks like it."""

from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.test import SimpleTestCase


class MinIOTest(SimpleTestCase):
    def test_the_storage_is_minio(self) -> None:
        address = urlsplit(settings.S3_ENDPOINT_URL)
        answer = requests.get(f"http://{address.hostname}:{address.port}/minio/health/live", timeout=10)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Server"], "MinIO")
