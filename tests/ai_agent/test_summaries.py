"""Summaries: of what is unread, visible and open to AI; cited, in one's language, and gone with their sources."""

from unittest.mock import patch

from ai_agent.digests import jobs, reading
from ai_agent.models import LedgerEntry, Reservation
from ai_agent.services import digesting
from ai_agent.services.budgets import used_today
from core.redis import get_redis
from messaging.models import Conversation, Member, Pin
from tests.ai_agent.digest_case import DigestCase
from tests.factories import make_client
from tests.fakes.openai import Reply


class ReadingTests(DigestCase):
    """What goes to the model."""

    def test_only_what_is_unread_goes_to_the_model(self) -> None:
        self.say("an old plan")
        self.say("I have read that", self.ann)
        first = self.say("we meet at the station")
        last = self.say("at nine", self.cho)
        with self.model("They meet at the station [1] at nine [2].") as model:
            summary = self.ask_summary()
        prompt = model.requests[0].prompt
        self.assertIn("we meet at the station", prompt)
        self.assertIn("Cho: at nine", prompt)
        self.assertNotIn("an old plan", prompt)
        self.assertEqual((summary["from_seq"], summary["to_seq"]), (first.seq, last.seq))
        self.assertEqual((summary["message_count"], summary["left_out"]), (2, 0))
        self.assertEqual(summary["model"], "fake-model")

    def test_after_seq_asks_for_what_has_been_read_since_and_never_for_what_is_hidden_from_joiners(self) -> None:
        for text in ("before my time", "seen by me", "also seen"):
            self.say(text)
        Member.objects.filter(conversation=self.group, user=self.ann).update(visible_from=2, read_seq=3)
        with self.model("Both [1][2].") as model:
            summary = self.ask_summary(after_seq=0)
        self.assertNotIn("before my time", model.requests[0].prompt)
        self.assertIn("seen by me", model.requests[0].prompt)
        self.assertEqual(summary["from_seq"], 2)

    def test_what_was_recalled_or_hidden_does_not_go_to_the_model(self) -> None:
        self.log.recall(self.say("a slip"))
        hidden = self.say("an insult")
        hidden.hidden_at = hidden.created_at
        hidden.save()
        self.say("a plan")
        with self.model("A plan [1].") as model:
            self.ask_summary()
        self.assertNotIn("a slip", model.requests[0].prompt)
        self.assertNotIn("an insult", model.requests[0].prompt)

    def test_who_says_off_is_not_read_and_the_summary_says_how_many_are_missing(self) -> None:
        self.say("mine is private", self.cho)
        self.say("mine is not")
        self.set_ai(self.cho, "off")
        with self.model("Not private [1].") as model:
            summary = self.ask_summary()
        self.assertNotIn("mine is private", model.requests[0].prompt)
        self.assertEqual((summary["message_count"], summary["left_out"]), (1, 1))

    def test_a_group_that_is_closed_to_ai_is_not_read_at_all(self) -> None:
        self.say("a plan")
        Conversation.objects.filter(pk=self.group.pk).update(ai_max="off")
        with self.model() as model:
            summary = self.ask_summary()
        self.assertEqual(model.requests, [])
        self.assertEqual((summary["citations"], summary["model"], summary["left_out"]), ([], None, 1))
        self.assertFalse(LedgerEntry.objects.exists())

    def test_too_much_is_cut_from_its_old_end(self) -> None:
        for number in range(30):
            self.say(f"remark {number} " + "la " * 60)
        with self.settings(AI_PROMPT_TOKENS=800), self.model("The last [1].") as model:
            summary = self.ask_summary()
        self.assertIn("remark 29 ", model.requests[0].prompt)
        self.assertNotIn("remark 0 ", model.requests[0].prompt)
        self.assertEqual(summary["message_count"] + summary["left_out"], 30)
        self.assertEqual(LedgerEntry.objects.count(), summary["message_count"])
        with patch.object(reading, "MAX_MESSAGES", 10), self.model("The last [1]."):
            self.assertEqual(self.ask_summary(after_seq=0)["left_out"], 20)

    def test_nothing_new_asks_no_model(self) -> None:
        with self.model() as model:
            summary = self.ask_summary()
        self.assertEqual(
            (model.requests, summary["citations"], summary["text"]), ([], [], "There is nothing new here.")
        )

    def test_an_outsider_learns_nothing(self) -> None:
        self.say("a plan")
        self.ask_summary(self.eve, status=404)
        self.assertEqual(self.tasks, [])

    def test_the_task_looks_again_whether_the_reader_may_read(self) -> None:
        self.say("a plan")
        self.is_slow = True
        self.ask_summary(status=202)
        Member.objects.filter(user=self.ann).update(left_at=self.group.created_at)
        with self.model() as model:
            self.work()
        self.assertEqual(model.requests, [])


class AnswerTests(DigestCase):
    """What comes back."""

    def test_every_line_names_its_message_and_what_names_none_is_left_out(self) -> None:
        one, two = self.say("the boat leaves at nine"), self.say("bring boots", self.cho)
        with self.model(
            "## Plan\n- **Boots** are needed [2]\n- I like boats.\n* The boat leaves at nine [1][99]\n[7] no"
        ):
            summary = self.ask_summary()
        self.assertEqual(summary["text"], "Boots are needed [1]\nThe boat leaves at nine [2]")
        self.assertEqual([cited["message_id"] for cited in summary["citations"]], [str(two.pk), str(one.pk)])
        cited = summary["citations"][0]
        self.assertEqual((cited["quote"], cited["seq"], cited["withdrawn"]), ("bring boots", two.seq, False))
        self.assertEqual((cited["conversation_id"], cited["sender_id"]), (str(self.group.pk), str(self.cho.pk)))

    def test_the_readers_language_is_asked_for_and_each_has_its_own_summary(self) -> None:
        self.say("we meet at nine")
        with self.model("九点见 [1]", "At nine [1]") as model:
            self.assertIn("九点", self.ask_summary(language="zh-CN")["text"])
            self.assertIn("nine", self.ask_summary(language="en")["text"])
        self.assertIn("Simplified Chinese", model.requests[0].prompt)
        self.assertIn("Write in English", model.requests[1].prompt)

    def test_without_a_model_what_stands_out_is_named_and_it_says_so(self) -> None:
        announced = self.say("We start on Friday", self.ben, mentions=[0])
        named = self.say("please bring the map", self.cho, mentions=[self.ann.pk])
        pinned = self.say("the address")
        Pin.objects.create(
            conversation_id=self.group.pk, message_id=pinned.pk, pinned_by_id=self.ben.pk, pinned_at=pinned.created_at
        )
        asked = self.say("谁带地图呢", self.cho)
        self.say("nothing of note")
        with self.settings(AI_MODEL="", OPENAI_BASE_URL=""):
            summary = self.ask_summary()
            chinese = self.ask_summary(language="zh-hans")
        ids = [cited["message_id"] for cited in summary["citations"]]
        self.assertEqual(ids, [str(message.pk) for message in (announced, named, pinned, asked)])
        self.assertEqual(
            summary["text"].splitlines(),
            [
                "No language model is set up here. This is what stands out:",
                "Ben announced [1]",
                "Cho mentioned you [2]",
                "Pinned, by Ben [3]",
                "Cho asked [4]",
            ],
        )
        self.assertNotIn("map", summary["text"])
        self.assertIsNone(summary["model"])
        self.assertIn("没有", chinese["text"])
        self.assertFalse(LedgerEntry.objects.exists())

    def test_a_model_that_is_away_costs_nothing_and_what_stands_out_is_named_instead(self) -> None:
        asked = self.say("who brings the map?")
        with self.model() as model:
            model.script(Reply(status=503))
            summary = self.ask_summary()
        self.assertIn("does not answer", summary["text"])
        self.assertEqual(summary["citations"][0]["message_id"], str(asked.pk))
        self.assertEqual((used_today(user_id=self.ann.pk), Reservation.objects.count()), (0, 0))

    def test_an_answer_without_sources_is_no_summary(self) -> None:
        self.say("who brings the map?")
        with self.model("All is well."):
            summary = self.ask_summary()
        self.assertNotIn("All is well", summary["text"])
        self.assertIsNone(summary["model"])


class KeepingTests(DigestCase):
    """Asking again."""

    def test_a_kept_summary_is_given_out_without_asking_again(self) -> None:
        self.say("a plan")
        with self.model("A plan [1].") as model:
            self.assertEqual(self.ask_summary(), self.ask_summary())
        self.assertEqual(len(model.requests), 1)

    def test_a_kept_summary_is_gone_as_soon_as_a_source_is_recalled_cited_or_not(self) -> None:
        cited, read = self.say("a plan"), self.say("a secret", self.cho)
        for source in (read, cited):
            with self.model("The plan and the secret [1].", "Less [1].") as model:
                self.ask_summary(after_seq=0)
                self.log.recall(source)
                after = self.ask_summary(after_seq=0)
            self.assertNotIn("secret", after["text"])
            if model.requests[1:]:
                self.assertNotIn(source.text or "a secret", model.requests[1].prompt.replace("The plan", ""))
            self.assertNotIn(str(source.pk), [one["message_id"] for one in after["citations"]])

    def test_an_edit_consent_taken_back_or_leaving_withdraws_it_too(self) -> None:
        self.say("at nine")
        again = self.say("at nine, I said")
        for withdraw in (
            lambda: Member.objects.filter(conversation=self.group, user=self.ann).update(visible_from=again.seq),
            lambda: self.log.edit(again, "at ten"),
            lambda: self.set_ai(self.ben, "off"),
        ):
            get_redis().flushdb()
            with self.model("They meet at nine [1].", "They meet at some time [1]."):
                self.assertIn("at nine", self.ask_summary(after_seq=0)["text"])
                withdraw()
                self.assertNotIn("at nine", self.ask_summary(after_seq=0)["text"])

    def test_new_messages_make_it_old_after_a_minute(self) -> None:
        self.say("a plan")
        with self.model("A plan [1].", "A plan [1] and another [2].") as model:
            self.ask_summary()
            self.say("another plan")
            self.assertNotIn("another", self.ask_summary()["text"])
            with patch("ai_agent.services.summaries.FRESH_S", 0):
                self.assertIn("another", self.ask_summary()["text"])
        self.assertEqual(len(model.requests), 2)

    def test_who_asks_too_early_is_told_to_ask_again_and_finds_it(self) -> None:
        self.say("a plan")
        self.is_slow = True
        self.assertEqual(self.ask_summary(status=202), {"retry_after_ms": 1_000})
        self.assertEqual(self.ask_summary(status=202), {"retry_after_ms": 1_000})
        self.assertEqual(len(self.tasks), 1)
        with self.model("A plan [1]."):
            self.work()
        self.assertEqual(self.ask_summary()["text"], "A plan [1].")

    def test_an_attempt_that_was_given_up_keeps_nothing(self) -> None:
        self.say("a plan")
        self.is_slow = True
        self.ask_summary(status=202)
        job, attempt = self.tasks[0]
        get_redis().flushdb()
        self.ask_summary(status=202)
        with self.model("Too late [1]."):
            digesting.make(jobs.Job(**job), attempt, lambda _job: jobs.Kept(attempt="", state="done", made_at=0.0))
        self.assertEqual(jobs.find(jobs.Job(**job)).state, "running")  # type: ignore[union-attr] # it is there

    def test_answers_are_not_to_be_kept_by_anyone_else(self) -> None:
        response = make_client(self.ann).post(f"/api/v1/conversations/{self.group.pk}/summary", {})
        self.assertEqual(response.headers["Cache-Control"], "private, no-store")
