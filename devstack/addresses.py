"""`var/run/services.json`: where the embedded servers are, for the settings and for tools."""

import json
from collections.abc import Sequence
from pathlib import Path

from devstack.services import Service


class Addresses:
    """The file maps setting to address; it holds passwords, so only its owner may read it."""

    def __init__(self, run_dir: Path) -> None:
        self._services = run_dir / "services.json"
        self._ports = run_dir / "ports.json"

    def write(self, services: Sequence[Service]) -> None:
        """Publish the addresses; a reader sees the old file or the new one, never half of it."""
        _replace(self._services, {name: value for service in services for name, value in service.settings().items()})
        _replace(self._ports, self.last_ports() | {service.name: service.port for service in services})

    def last_ports(self) -> dict[str, int]:
        """The port of each service at the last start, by its name; empty before the first."""
        try:
            ports: dict[str, int] = json.loads(self._ports.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return ports


def _replace(path: Path, content: dict[str, str] | dict[str, int]) -> None:
    draft = path.with_suffix(".tmp")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(content, indent=2) + "\n")
    draft.replace(path)
