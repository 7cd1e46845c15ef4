"""compose.yaml is a compose file, runs every process that `make run` runs, and names only what the project has."""

import json
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar
from unittest import mock

import jsonschema
import yaml
from celery.bin.celery import celery as celery_cli
from click import Context
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.test import SimpleTestCase

from devstack import run
from devstack.supervisor import Program
from gochat_site.workers import WORKERS
from tests.deploy.names import CHECKOUT, list_settings

Role = tuple[Any, ...]
"""What a process does, without where it does it."""


def role_of(argv: Sequence[str]) -> Role:
    """A management command with the workers that it names, or a part of Celery with its queues and pool."""
    words = list(argv)
    if "manage.py" in words:
        name, *rest = words[words.index("manage.py") + 1 :]
        return (name, *(rest if name == "run_worker" else ()))
    part = "beat" if "beat" in words else "worker"
    return ("celery", part, option(words, "--queues"), option(words, "--pool"))


def option(words: Sequence[str], name: str) -> str:
    return words[words.index(name) + 1] if name in words else ""


def list_run_programs() -> list[Program]:
    """What `make run` would start beside the embedded servers."""
    supervisor = mock.Mock()
    with mock.patch.object(run, "_await_ready"):
        run._start_site(run.Layout(port=8000, gateways=1, workers=1), supervisor, mock.Mock())
    return [call.args[0] for call in supervisor.start.call_args_list]


class ComposeTest(SimpleTestCase):
    text: ClassVar[str] = (CHECKOUT / "compose.yaml").read_text("utf-8")
    services: ClassVar[dict[str, dict[str, Any]]] = yaml.safe_load(text)["services"]

    @property
    def ours(self) -> dict[str, dict[str, Any]]:
        """The services that are processes of the project."""
        return {name: service for name, service in self.services.items() if "build" in service}

    @property
    def processes(self) -> dict[str, list[str]]:
        return {name: service["command"] for name, service in self.ours.items() if name != "setup"}

    def test_it_is_a_compose_file(self) -> None:
        schema = json.loads(Path(__file__).with_name("compose-spec.json").read_text("utf-8"))
        errors = jsonschema.Draft7Validator(schema).iter_errors(yaml.safe_load(self.text))
        self.assertEqual([f"{list(error.path)}: {error.message}" for error in errors], [])

    def test_the_schema_finds_what_is_wrong(self) -> None:
        schema = json.loads(Path(__file__).with_name("compose-spec.json").read_text("utf-8"))
        broken = yaml.safe_load(self.text)
        broken["services"]["beat"]["comand"] = []
        self.assertFalse(jsonschema.Draft7Validator(schema).is_valid(broken))

    def test_whatever_make_run_starts_is_there(self) -> None:
        wanted = {role_of(program.command().argv): program.name for program in list_run_programs()}
        self.assertGreater(len(wanted), 8)
        there = {role_of(command) for command in self.processes.values()}
        self.assertEqual({name for role, name in wanted.items() if role not in there}, set())
        self.assertEqual(there - wanted.keys(), set())

    def test_there_are_two_gateways_with_ids_of_their_own_and_two_logic_workers_and_one_clock(self) -> None:
        roles = [role_of(command) for command in self.processes.values()]
        gateways = [command for command in self.processes.values() if "gateway" in command]
        self.assertEqual(len({option(command, "--gateway-id") for command in gateways}), 2)
        self.assertGreaterEqual(roles.count(("run_worker", "upstream")), 2)
        self.assertEqual(sum(role[:2] == ("celery", "beat") for role in roles), 1)

    def test_every_worker_and_every_queue_has_a_process(self) -> None:
        workers = {
            name for role in map(role_of, self.processes.values()) if role[0] == "run_worker" for name in role[1:]
        }
        self.assertEqual(workers, set(WORKERS))
        queues = {queue for command in self.processes.values() for queue in option(command, "--queues").split(",")}
        routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
        self.assertLessEqual(routed | {"celery", "fanout"}, queues)

    def test_every_management_command_takes_its_arguments(self) -> None:
        managed = [command for command in self.processes.values() if "manage.py" in command]
        commands = [command[command.index("manage.py") + 1 :] for command in managed]
        script = self.services["setup"]["command"][-1]
        commands += [shlex.split(part)[2:] for part in script.split("&&")]
        self.assertGreater(len(commands), 9)
        known = get_commands()
        for name, *arguments in commands:
            with self.subTest(command=name):
                command = load_command_class(known[name], name)
                command.create_parser("manage.py", name).parse_args(arguments)

    def test_every_part_of_celery_takes_its_arguments(self) -> None:
        for name, command in self.processes.items():
            if command[0] != "celery":
                continue
            with self.subTest(service=name):
                self.assertEqual(command[1:3], ["-A", "gochat_site"])
                part = celery_cli.commands[command[3]]
                part.make_parser(Context(part)).parse_args(list(command[4:]))

    def test_every_setting_of_ours_is_one(self) -> None:
        named = {name for service in self.ours.values() for name in service["environment"]}
        self.assertGreater(len(named), 15)
        self.assertEqual(named - list_settings(), set())

    def test_whatever_must_be_filled_in_is_in_the_example(self) -> None:
        example = (CHECKOUT / "deploy/compose.env.example").read_text("utf-8")
        given = set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
        self.assertEqual(set(re.findall(r"\$\{([A-Z_]+):\?", self.text)) - given, set())
        self.assertEqual(given - set(re.findall(r"\$\{([A-Z_]+)[:}]", self.text)), set())

    def test_no_process_of_ours_may_do_more_than_it_needs(self) -> None:
        for name, service in self.ours.items():
            with self.subTest(service=name):
                self.assertTrue(service["read_only"])
                self.assertEqual(service["cap_drop"], ["ALL"])
                self.assertNotIn("ports", service)
                self.assertNotIn("volumes", service)
                self.assertNotEqual(service["environment"].get("DEBUG"), "on")

    def test_the_proxy_knows_every_gateway_and_alone_is_reached_from_outside(self) -> None:
        caddyfile = (CHECKOUT / "deploy/Caddyfile").read_text("utf-8")
        gateways = {f"{name}:8000" for name, command in self.processes.items() if "gateway" in command}
        self.assertEqual(set(re.findall(r"gateway-\d+:8000", caddyfile)), gateways)
        self.assertEqual([name for name, service in self.services.items() if "ports" in service], ["proxy"])

    def test_whatever_is_waited_for_says_when_it_is_well(self) -> None:
        for name, service in self.services.items():
            for needed, how in service.get("depends_on", {}).items():
                with self.subTest(service=name, needs=needed):
                    if how["condition"] == "service_healthy":
                        self.assertIn("test", self.services[needed]["healthcheck"])
                    else:
                        self.assertEqual(needed, "setup")
