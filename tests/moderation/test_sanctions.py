"""Sanctions: where they bite, how they end, and that someone else reviews an appeal."""

from datetime import timedelta
from typing import Any
from unittest import mock
from uuid import uuid4

from django.test import override_settings

from accounts.models import Session, User
from accounts.services.login import log_in
from accounts.services.sessions import Device
from core import clock
from core.errors import DomainError, ErrorCode
from groups.services.invites import create_invite, join_group
from groups.services.members import add_to_group
from groups.services.profile import create_group
from messaging.commands import Command, Content, EditMessage, React, RecallMessage, SendMessage
from messaging.models import Member
from moderation.models import AppealState, Sanction, SanctionKind
from moderation.services import appeals, enforcing, sanctions
from moderation.services.sanctions import NewSanction
from tests.factories import PASSWORD, fake_clock, make_tokens, make_user
from tests.moderation.case import ModerationCase, acts_of, last_event

HOUR = timedelta(hours=1)


class SanctionCase(ModerationCase):
    def impose(self, kind: SanctionKind, person: User | None = None, **fields: object) -> Sanction:
        """A sanction of Ben by the moderator, for an hour unless it says otherwise."""
        fields.setdefault("reason", "Insults")
        fields.setdefault("ends_at", clock.now() + HOUR)
        person = person or self.ben
        new = NewSanction(user_id=person.pk, kind=kind, **fields)  # type: ignore[arg-type] # as NewSanction has them
        with self.captureOnCommitCallbacks(execute=True):
            return sanctions.impose(new, actor=self.moderator)

    def command(self, kind: type[Command] = SendMessage, conversation_id: int = 0) -> Command:
        """A command in the group, or in another conversation."""
        ids: dict[str, Any] = {
            "client_msg_id": str(uuid4()),
            "conversation_id": str(conversation_id or self.group.pk),
        }
        if kind is SendMessage:
            return SendMessage(**ids, kind="text", content=Content(text="hello"))
        if kind is EditMessage:
            return EditMessage(**ids, message_id="1", content=Content(text="hello"))
        if kind is React:
            return React(**ids, message_id="1", emoji="👍", op="add")
        return RecallMessage(**ids, message_id="1")

    def ask_policy(self, person: User, command: Command) -> None:
        """Asks the message policy, as a worker that has just read what is in force."""
        in_force = enforcing.load_in_force()
        with (
            mock.patch.object(enforcing.IN_FORCE, "peek", return_value=in_force),
            self.assertNumQueries(0),
        ):
            enforcing.check_standing(person.pk, command)

    def assert_refused(self, code: ErrorCode, person: User, command: Command) -> dict[str, object]:
        """The policy refuses; returns the details."""
        with self.assertRaises(DomainError) as caught:
            self.ask_policy(person, command)
        self.assertEqual(caught.exception.code, code)
        return caught.exception.details


class MuteTest(SanctionCase):
    def test_a_mute_refuses_what_is_written_with_the_reason_and_the_end(self) -> None:
        sanction = self.impose(SanctionKind.MUTE)
        for kind in (SendMessage, EditMessage, React):
            details = self.assert_refused(ErrorCode.MUTED, self.ben, self.command(kind))
            self.assertEqual((details["reason"], details["sanction_id"]), ("Insults", str(sanction.pk)))
            self.assertTrue(str(details["until"]).endswith("Z"))
        self.ask_policy(self.ben, self.command(RecallMessage))
        self.ask_policy(self.ann, self.command())

    def test_a_mute_in_one_group_leaves_the_rest_alone(self) -> None:
        self.impose(SanctionKind.MUTE, conversation_id=self.group.pk)
        self.assert_refused(ErrorCode.MUTED, self.ben, self.command())
        self.ask_policy(self.ben, self.command(conversation_id=self.direct.pk))

    def test_a_mute_ends_by_itself_at_its_moment_and_the_sweep_closes_it(self) -> None:
        with fake_clock() as now:
            sanction = self.impose(SanctionKind.MUTE)
            in_force = enforcing.load_in_force()
            now.advance(3601)
            with mock.patch.object(enforcing.IN_FORCE, "peek", return_value=in_force):
                enforcing.check_standing(self.ben.pk, self.command())
            self.assertEqual(sanctions.end_due(), 1)
            self.assertEqual(sanctions.end_due(), 0)
        sanction.refresh_from_db()
        self.assertEqual(sanction.closed_at, sanction.ends_at)
        self.assertEqual(acts_of(None), ["sanction-ended"])

    def test_a_warning_keeps_nobody_from_writing(self) -> None:
        self.impose(SanctionKind.WARN)
        self.ask_policy(self.ben, self.command())
        [shown] = self.call(self.ben, "get", "users/me/sanctions")["results"]
        self.assertEqual((shown["kind"], shown["reason"], shown["until"]), ("warn", "Insults", None))

    def test_every_process_hears_of_a_sanction_once_it_is_committed(self) -> None:
        with mock.patch.object(enforcing.IN_FORCE, "_raise_version") as raised:
            sanction = self.impose(SanctionKind.MUTE)
            self.assertEqual(raised.call_count, 1)
            with self.captureOnCommitCallbacks(execute=True):
                sanctions.lift(sanction.pk, actor=self.moderator, why="enough")
            self.assertEqual(raised.call_count, 2)

    def test_open_sockets_are_told_of_whatever_changes_and_nobody_before_it_is_committed(self) -> None:
        with mock.patch("moderation.services.pushing.push_to_users") as push, fake_clock() as now:
            sanction = self.impose(SanctionKind.MUTE)
            told = [mock.call([self.ben.pk], b'{"type":"sanctions-changed"}')]
            self.assertEqual(push.call_args_list, told)
            for change in (
                lambda: appeals.appeal(sanction.pk, self.ben.pk, "It was a joke."),
                lambda: appeals.decide_appeal(sanction.appeal.pk, actor=self.colleague, is_granted=False, answer="No."),
                lambda: sanctions.lift(sanction.pk, actor=self.moderator, why="enough"),
            ):
                with self.captureOnCommitCallbacks(execute=True):
                    change()
                    self.assertEqual(push.call_args_list, told)
                told = told + told[:1]
                self.assertEqual(push.call_args_list, told)
            self.impose(SanctionKind.MUTE)
            now.advance(3601)
            push.reset_mock()
            with self.captureOnCommitCallbacks(execute=True):
                self.assertEqual(sanctions.end_due(), 1)
            push.assert_called_once_with([self.ben.pk], b'{"type":"sanctions-changed"}')

    def test_staff_oneself_and_the_past_are_refused(self) -> None:
        for person, fields, code in (
            (self.colleague, {}, ErrorCode.FORBIDDEN),
            (self.moderator, {}, ErrorCode.FORBIDDEN),
            (self.ben, {"ends_at": clock.now() - HOUR}, ErrorCode.INVALID_REQUEST),
            (self.ben, {"conversation_id": 999_999}, ErrorCode.CONVERSATION_NOT_FOUND),
        ):
            with self.assertRaises(DomainError) as caught:
                self.impose(SanctionKind.MUTE, person, **fields)
            self.assertEqual(caught.exception.code, code)
        self.assertFalse(Sanction.objects.exists())
        self.assertEqual(acts_of(self.moderator), [])


@override_settings(RATE_LIMITS=False)
class BanTest(SanctionCase):
    def test_a_ban_ends_every_session_and_closes_sockets_with_the_reason(self) -> None:
        make_tokens(self.ben)
        make_tokens(self.ben)
        self.impose(SanctionKind.BAN)
        self.assertFalse(Session.objects.filter(user=self.ben, revoked_at=None).exists())
        [call] = self.tell_gateways.call_args_list  # type: ignore[attr-defined] # patched in setUp
        self.assertEqual((call.args[0]["code"], call.args[0]["reason"]), (4403, "banned: Insults"))
        self.assert_refused(ErrorCode.BANNED, self.ben, self.command())

    def test_a_refresh_and_a_log_in_are_refused_with_the_reason_and_a_way_to_appeal(self) -> None:
        person = make_user("dan", password=PASSWORD)
        tokens = make_tokens(person)
        sanction = self.impose(SanctionKind.BAN, person)
        refresh = self.call(None, "post", "auth/refresh", {"refresh": tokens.refresh}, status=403)
        login = self.call(None, "post", "auth/login", {"username": "dan", "password": PASSWORD}, status=403)
        for answer in (refresh, login):
            self.assertEqual((answer["code"], answer["details"]["reason"]), ("BANNED", "Insults"))
        wrong = self.call(None, "post", "auth/login", {"username": "dan", "password": "another"}, status=401)
        self.assertEqual(wrong["code"], "AUTH_FAILED")
        token = login["details"]["appeal_token"]
        path = f"sanctions/{sanction.pk}/appeal"
        self.call(None, "post", path, {"text": "Sorry.", "appeal_token": token + "x"}, status=401)
        self.call(None, "post", path, {"text": "Sorry."}, status=401)
        self.call(None, "post", path, {"text": "Sorry.", "appeal_token": token}, status=201)
        self.assertEqual(sanction.appeal.text, "Sorry.")

    def test_a_token_of_one_sanction_is_none_of_another(self) -> None:
        mine, other = self.impose(SanctionKind.BAN), self.impose(SanctionKind.BAN, self.cho)
        with self.assertRaises(DomainError) as caught:
            appeals.appeal_by_token(other.pk, enforcing.make_appeal_token(mine.pk), "text")
        self.assertEqual(caught.exception.code, ErrorCode.AUTH_FAILED)

    def test_after_its_end_or_a_lifting_one_signs_in_again(self) -> None:
        person = make_user("dan", password=PASSWORD)
        with fake_clock() as now:
            self.impose(SanctionKind.BAN, person)
            now.advance(3601)
            log_in("dan", PASSWORD, Device())
            ban = self.impose(SanctionKind.BAN, person)
            with self.assertRaises(DomainError):
                log_in("dan", PASSWORD, Device())
            sanctions.lift(ban.pk, actor=self.moderator, why="enough")
            log_in("dan", PASSWORD, Device())

    def test_a_session_that_ended_otherwise_learns_nothing_of_the_ban(self) -> None:
        tokens = make_tokens(self.ben)
        Session.objects.filter(user=self.ben).update(revoked_at=clock.now(), revoked_reason="logout")
        self.impose(SanctionKind.BAN)
        answer = self.call(None, "post", "auth/refresh", {"refresh": tokens.refresh}, status=401)
        self.assertEqual(answer["code"], "AUTH_FAILED")

    def test_a_ban_from_a_group_removes_and_keeps_out(self) -> None:
        group_id = create_group(self.ann, name="Tea", member_ids=[self.ben.pk], profile={})
        token = create_invite(group_id, self.ann.pk).token
        sanction = self.impose(SanctionKind.BAN, conversation_id=group_id)
        event = last_event(group_id)
        self.assertEqual((event.event, event.actor_id), ("member-removed", 0))
        for act in (lambda: join_group(self.ben.pk, token), lambda: add_to_group(group_id, self.ann.pk, [self.ben.pk])):
            with self.assertRaises(DomainError) as caught:
                act()
            self.assertEqual(caught.exception.code, ErrorCode.FORBIDDEN)
        log_in_elsewhere = self.command(conversation_id=self.direct.pk)
        self.ask_policy(self.ben, log_in_elsewhere)
        sanctions.lift(sanction.pk, actor=self.moderator, why="enough")
        join_group(self.ben.pk, token)
        self.assertTrue(Member.objects.filter(conversation_id=group_id, user=self.ben, left_at=None).exists())

    def test_an_owner_is_not_banned_from_their_own_group(self) -> None:
        group_id = create_group(self.ben, name="Tea", member_ids=[self.ann.pk], profile={})
        with self.assertRaises(DomainError) as caught:
            self.impose(SanctionKind.BAN, conversation_id=group_id)
        self.assertEqual(caught.exception.code, ErrorCode.CONFLICT)
        self.assertFalse(Sanction.objects.exists())


class AppealTest(SanctionCase):
    def setUp(self) -> None:
        super().setUp()
        self.sanction = self.impose(SanctionKind.MUTE)
        self.path = f"sanctions/{self.sanction.pk}/appeal"

    def test_one_appeals_once_against_ones_own_sanction(self) -> None:
        filed = self.call(self.ben, "post", self.path, {"text": "It was a joke."}, status=201)
        self.assertEqual((filed["state"], filed["decided_at"]), ("open", None))
        again = self.call(self.ben, "post", self.path, {"text": "Really."}, status=409)
        self.assertEqual(again["code"], "CONFLICT")
        self.call(self.eve, "post", self.path, {"text": "Me too."}, status=404)
        [shown] = self.call(self.ben, "get", "users/me/sanctions")["results"]
        self.assertEqual(shown["appeal"]["text"], "It was a joke.")

    def test_who_decided_does_not_review(self) -> None:
        found = appeals.appeal(self.sanction.pk, self.ben.pk, "It was a joke.")
        self.moderator.is_superuser = True
        with self.assertRaises(DomainError) as caught:
            appeals.decide_appeal(found.pk, actor=self.moderator, is_granted=False, answer="")
        self.assertEqual(caught.exception.code, ErrorCode.FORBIDDEN)
        found.refresh_from_db()
        self.assertEqual(found.state, AppealState.OPEN)

    def test_a_granted_appeal_lifts_the_sanction(self) -> None:
        found = appeals.appeal(self.sanction.pk, self.ben.pk, "It was a joke.")
        appeals.decide_appeal(found.pk, actor=self.colleague, is_granted=True, answer="Right.")
        self.ask_policy(self.ben, self.command())
        self.assertEqual(acts_of(self.colleague), ["appeal-granted", "lifted-sanction"])
        self.assertEqual(self.call(self.ben, "get", "users/me/sanctions")["results"], [])

    def test_an_upheld_sanction_stands_and_is_decided_once(self) -> None:
        found = appeals.appeal(self.sanction.pk, self.ben.pk, "It was a joke.")
        appeals.decide_appeal(found.pk, actor=self.colleague, is_granted=False, answer="No.")
        self.assert_refused(ErrorCode.MUTED, self.ben, self.command())
        with self.assertRaises(DomainError) as caught:
            appeals.decide_appeal(found.pk, actor=self.colleague, is_granted=True, answer="")
        self.assertEqual(caught.exception.code, ErrorCode.CONFLICT)
