"""What development starts with: the demo of a new database, and the load tests' people in bulk."""

import json
from io import StringIO
from typing import Any
from unittest.mock import patch

from django.core.management import CommandError, call_command
from django.test import TestCase, TransactionTestCase, override_settings

from accounts.models import User, UserKind
from accounts.services.tokens import authenticate_access
from ai_agent.models import Agent
from core.redis import get_redis
from gochat_site.seeding import demo
from messaging.delivery import rosters
from messaging.models import Conversation, ConversationKind, Member, Message
from messaging.selectors.consent import readable_by_ai
from tests.factories import make_user


def run(command: str, *arguments: str) -> str:
    """What a command prints."""
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


@override_settings(DEBUG=True)
class DemoTest(TransactionTestCase):
    def setUp(self) -> None:
        get_redis().flushdb()
        rosters.forget_all()

    def test_a_new_database_gets_people_who_have_talked(self) -> None:
        printed = run("seed_demo")
        for person in demo.PEOPLE:
            self.assertIn(person.username, printed)
            self.assertTrue(User.objects.get(username=person.username).check_password(demo.PASSWORD))
        self.assertTrue(User.objects.get(username=demo.ADMIN).is_superuser)
        said = [*demo.GROUP_TALK, *demo.WORLD_TALK, *(line for _a, _b, lines in demo.DIRECT_TALK for line in lines)]
        self.assertCountEqual(Message.objects.values_list("text", flat=True), [text for _name, text in said])

    def test_the_log_of_the_demo_is_one_that_the_write_path_has_written(self) -> None:
        demo.seed_demo()
        for conversation in Conversation.objects.all():
            messages = Message.objects.filter(conversation_id=conversation.pk).order_by("seq")
            self.assertEqual(
                [message.ordinal for message in messages], list(range(1, conversation.last_ordinal + 1)), conversation
            )
            self.assertEqual(messages[len(messages) - 1].seq, conversation.last_seq)

    def test_the_demo_has_an_agent_that_may_read_what_was_said(self) -> None:
        demo.seed_demo()
        agent = Agent.objects.get(user__username=demo.AGENT)
        self.assertEqual(agent.user.kind, UserKind.AGENT)
        self.assertFalse(agent.user.has_usable_password())
        group = Conversation.objects.get(kind=ConversationKind.GROUP)
        self.assertTrue(Member.objects.filter(conversation=group, user=agent.user, left_at=None).exists())
        said = list(Message.objects.filter(conversation_id=group.pk))
        self.assertEqual(readable_by_ai(said, asked_in=None), said)

    def test_the_next_start_adds_nothing_and_still_names_the_people(self) -> None:
        run("seed_demo")
        before = (User.objects.count(), Message.objects.count(), Conversation.objects.count())
        self.assertIn(demo.PEOPLE[0].username, run("seed_demo"))
        self.assertEqual((User.objects.count(), Message.objects.count(), Conversation.objects.count()), before)

    def test_an_interrupted_first_start_is_made_good_by_the_next(self) -> None:
        talk = demo._talk
        said: list[int] = []

        def stop_midway(people: dict[str, User], conversation_id: int, lines: Any) -> None:
            if said:
                raise KeyboardInterrupt
            said.append(conversation_id)
            talk(people, conversation_id, lines)

        with patch("gochat_site.seeding.demo._talk", stop_midway), self.assertRaises(KeyboardInterrupt):
            demo.seed_demo()
        self.assertTrue(said)
        self.assertTrue(demo.seed_demo())
        lines = len(demo.GROUP_TALK) + len(demo.WORLD_TALK) + sum(len(talk[2]) for talk in demo.DIRECT_TALK)
        self.assertEqual(Message.objects.count(), lines)
        self.assertEqual(User.objects.count(), len(demo.PEOPLE) + 2)

    def test_a_database_with_users_of_its_own_gets_the_world_room_alone(self) -> None:
        make_user("someone")
        printed = run("seed_demo")
        self.assertNotIn(demo.PASSWORD, printed)
        self.assertEqual(User.objects.count(), 1)
        self.assertEqual(list(Conversation.objects.values_list("kind", flat=True)), [ConversationKind.WORLD])

    def test_a_refused_line_is_no_demo(self) -> None:
        with (
            patch("gochat_site.seeding.demo.GROUP_TALK", (("lin", " "),)),
            self.assertRaises(RuntimeError),
        ):
            demo.seed_demo()
        self.assertFalse(User.objects.exists())

    @override_settings(DEBUG=False)
    def test_it_is_refused_in_production(self) -> None:
        with self.assertRaises(CommandError):
            run("seed_demo")
        self.assertFalse(User.objects.exists())


@override_settings(DEBUG=True)
class LoadTest(TestCase):
    def seed(self, *arguments: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The printed users and conversations."""
        lines = [json.loads(line) for line in run("seed_load", *arguments).splitlines()]
        return [line for line in lines if "username" in line], [line for line in lines if "kind" in line]

    def test_it_prints_a_line_per_user_then_one_per_conversation(self) -> None:
        printed = run("seed_load", "--users", "5", "--group", "crowd", "--group-size", "3", "--directs", "2")
        lines = [json.loads(line) for line in printed.splitlines()]
        self.assertEqual([line.get("username") for line in lines[:5]], [f"load-{n}" for n in range(1, 6)])
        ids = [line["user_id"] for line in lines[:5]]
        self.assertEqual(
            [(line["kind"], line["member_ids"]) for line in lines[5:]],
            [("direct", ids[:2]), ("direct", ids[2:4]), ("group", ids[:3])],
        )

    def test_the_tokens_are_the_users_and_last_a_day(self) -> None:
        users, _conversations = self.seed("--users", "2")
        for line in users:
            grant = authenticate_access(line["access"])
            self.assertEqual(str(grant.user_id), line["user_id"])
            left = grant.expires_at - User.objects.get(pk=grant.user_id).created_at
            self.assertAlmostEqual(left.total_seconds(), 86_400, delta=120)

    def test_run_again_it_reuses_users_and_directs_and_prints_fresh_tokens(self) -> None:
        users, conversations = self.seed("--users", "4", "--directs", "2")
        later = patch("core.clock.now", return_value=User.objects.latest("pk").created_at.replace(microsecond=0))
        with later:
            again, same = self.seed("--users", "6", "--directs", "3")
        self.assertEqual([line["user_id"] for line in again[:4]], [line["user_id"] for line in users])
        self.assertEqual(same[:2], conversations)
        self.assertEqual((User.objects.count(), Conversation.objects.count()), (6, 3))
        for line in again:
            self.assertEqual(str(authenticate_access(line["access"]).user_id), line["user_id"])

    def test_a_new_name_makes_a_new_group_and_an_old_one_is_reused(self) -> None:
        arguments = ("--users", "3", "--group-size", "3", "--group")
        first, same, other = (self.seed(*arguments, name)[1][0] for name in ("one", "one", "two"))
        self.assertEqual(first, same)
        self.assertNotEqual(first["conversation_id"], other["conversation_id"])
        group = Conversation.objects.get(pk=first["conversation_id"])
        self.assertEqual((group.member_count, Member.objects.filter(conversation=group).count()), (3, 3))

    def test_the_members_of_a_large_group_are_left_out(self) -> None:
        with patch("gochat_site.seeding.load.MAX_LISTED_MEMBERS", 2):
            _users, (group,) = self.seed("--users", "3", "--group", "crowd", "--group-size", "3")
        self.assertNotIn("member_ids", group)

    def test_what_cannot_be_made_is_refused(self) -> None:
        wrong = (
            ("--users", "0"),
            ("--users", "3", "--directs", "2"),
            ("--users", "3", "--group", "crowd", "--group-size", "4"),
            ("--users", "3", "--group", "crowd"),
            ("--users", "3", "--group-size", "2"),
            ("--users", "3", "--directs", "-1"),
        )
        for arguments in wrong:
            with self.assertRaises(CommandError, msg=arguments):
                run("seed_load", *arguments)
        self.assertFalse(User.objects.exists())

    @override_settings(DEBUG=False)
    def test_it_is_refused_in_production(self) -> None:
        with self.assertRaises(CommandError):
            run("seed_load", "--users", "1")
