"""Object storage dies in the middle of traffic: chat does not notice, uploads wait, nothing half-checked is let in."""

import json
from typing import Any, ClassVar

from django.test import tag

from files.models import File
from tests.client import ApiError
from tests.faults.base import FaultCase
from tests.files.case import exchange, picture
from tests.flows.uploading import announce, fetch, put, send_file, upload


@tag("faults")
class StorageTest(FaultCase):
    has_private_world: ClassVar[bool] = True

    async def test_a_killed_storage_costs_uploads_time_and_chat_nothing(self) -> None:
        await self.run_aside(self.worker)
        async with self.traffic() as traffic:
            ann, ben = traffic.clients[:2]
            chat = str((await ann.api.post("conversations", {"kind": "direct", "user_id": ben.user_id}))["id"])
            ready, data = await upload(ann), picture()
            started = await announce(ann, data)
            self.assertEqual((await put(started, data)).status, 200)

            await self.run_aside(self.world.kill, "s3")
            await traffic.flow()
            await send_file(ann, chat, ready["id"])  # what is ready can be sent, whether or not it can be read now
            complete = f"files/{started['file']['id']}/complete"
            with self.assertRaises(ApiError) as refused:
                await ann.api.post(complete)
            self.assertEqual((refused.exception.status, refused.exception.code), (503, "UNAVAILABLE"))
            status, report = await self.run_aside(self.readiness)
            self.assertEqual((status, report["services"]["s3"]), (200, "degraded"))

            await self.run_aside(self.world.start, "s3")
            self.assertEqual((await ann.api.post(complete))["file"]["status"], "ready")
            url = (await ben.api.get(f"files/{ready['id']}/url"))["url"]
            self.assertEqual((await fetch("GET", url)).body, data)
            await traffic.flow()
        self.assertEqual(await self.run_sync(File.objects.filter(status="ready").count), 2)

    def readiness(self) -> tuple[int, Any]:
        """What /health/ready says."""
        answer = exchange("GET", f"{self.gateways[0].url}/health/ready")
        return answer.status, json.loads(answer.body)
