"""The one gateway of a process: started by the server's lifespan, or by the first socket where a server has none."""

import asyncio

from django.conf import settings

from core.pulse import Pulse
from messaging.delivery.tracing import name_process
from messaging.gateway.gateway import Gateway


class _Process:
    gateway: Gateway | None = None
    pulse: Pulse | None = None
    lock: asyncio.Lock | None = None


async def start_gateway(gateway_id: str) -> Gateway:
    """Start this process's gateway; the one that runs already, if there is one."""
    if _Process.lock is None:
        _Process.lock = asyncio.Lock()
    async with _Process.lock:
        if _Process.gateway is None:
            name_process(gateway_id)
            gateway = Gateway(gateway_id)
            await gateway.start()
            _Process.gateway = gateway
            _Process.pulse = Pulse(gateway.id, counts={}, gauges={"sockets": lambda: len(gateway.hub)}).start()
        return _Process.gateway


async def stop_gateway() -> None:
    """Stop it, if it runs."""
    gateway, _Process.gateway, _Process.lock = _Process.gateway, None, None
    if _Process.pulse is not None:
        _Process.pulse.stop()
    if gateway is not None:
        await gateway.stop()


async def get_gateway() -> Gateway:
    """The running gateway. Under a server without lifespan (`runserver`) the first socket starts one, with an id of its
    own, so that it does not read the topic of a real gateway."""
    return _Process.gateway or await start_gateway(f"{settings.GATEWAY_ID}-dev")
