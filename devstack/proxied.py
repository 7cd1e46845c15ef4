"""A private world behind a bad network: a proxy before each of its servers, which the fault tests command."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from devstack.proxy import Proxy
from devstack.services import Kafka, ObjectStorage, Search, Service, Valkey
from devstack.test_services import RunningServices, databases, run_services
from devstack.testing import PrivateWorld


class ProxiedKafka(Kafka):
    """A broker that sends its clients to a proxy: they follow the address that it advertises."""

    def __init__(self, data_dir: Path, port: int, *, durable: bool = True) -> None:
        super().__init__(data_dir, port, durable=durable)
        self.proxy = Proxy(port)

    def prepare(self) -> None:
        """As without a proxy, but for the advertised port."""
        super().prepare()
        lines = self._config.read_text().splitlines()
        advertised = f"advertised.listeners=CLIENTS://127.0.0.1:{self.proxy.port}"
        changed = [advertised if line.startswith("advertised.listeners=") else line for line in lines]
        self._config.write_text("\n".join(changed) + "\n")


class ProxiedWorld(PrivateWorld):
    """`env` leads through `proxies` (by server name), `direct_env` past them."""

    def __init__(self, running: RunningServices) -> None:
        super().__init__(running)
        self.proxies: dict[str, Proxy] = {}
        self.direct_env = dict(self.env)
        for service in running.services:
            proxy = service.proxy if isinstance(service, ProxiedKafka) else Proxy(service.port)
            self.proxies[service.name] = proxy
            address = self.env[service.setting]
            self.env[service.setting] = address.replace(f":{service.port}", f":{proxy.port}")

    def heal(self) -> None:
        """A sound network before every server."""
        for proxy in self.proxies.values():
            proxy.heal()

    def close(self) -> None:
        """End the proxies."""
        for proxy in self.proxies.values():
            proxy.close()


@contextlib.contextmanager
def proxied_world(*more: type[Service]) -> Iterator[ProxiedWorld]:
    """As `private_world`, with proxies."""
    running = run_services((*databases(), Valkey, ProxiedKafka, ObjectStorage, Search, *more))
    try:
        world = ProxiedWorld(running)
        try:
            for command in (("migrate", "--verbosity", "0"), ("ensure_topics",), ("ensure_bucket",)):
                world.manage(*command)
            yield world
        finally:
            world.close()
    finally:
        running.stop()
