"""The brief: every chat with something new by itself, cited, the most pressing first."""

from datetime import timedelta
from unittest.mock import patch

from ai_agent.models import AiLimits, LedgerEntry, ModelUse, Reservation
from ai_agent.services import briefs
from ai_agent.services.budgets import used_today
from core import clock
from core.clock import to_wire
from core.redis import get_redis
from messaging.models import Member
from tests.ai_agent.digest_case import DigestCase
from tests.fakes.openai import Reply
from tests.messaging.building import Log, make_group, make_world


def by_prompt(**answers: str) -> object:
    """A model that says what is set for the first of these words that the prompt holds."""

    def answer(body: dict[str, object]) -> Reply:
        prompt = str(body["messages"])
        return Reply(next((said for word, said in answers.items() if word in prompt), "nothing"))

    return answer


class BriefTests(DigestCase):
    def test_each_chat_tells_what_was_decided_asked_and_left_open_with_sources_of_its_own(self) -> None:
        boat = self.say("we take the boat")
        asked = self.say("ann, can you bring the map?", self.cho, mentions=[self.ann.pk])
        call = self.say("call me when you can", self.ben, self.chat)
        answer = by_prompt(
            boat="D: They take the boat [1]\nQ: Bring the map? [2]\nO: nobody named [9]\nBoats are nice [1]",
            call="O: Ben wants a call [1]\nX: what [1]",
        )
        with self.model(default=answer):
            brief = self.ask_brief()
        group, direct = brief["chats"]
        self.assertEqual(group["conversation_id"], str(self.group.pk))
        self.assertEqual((group["title"], direct["title"]), ("Trip", "Ben"))
        self.assertEqual((group["decisions"], group["questions"]), (["They take the boat [1]"], ["Bring the map? [2]"]))
        self.assertEqual((group["open_points"], group["highlights"]), ([], []))
        self.assertEqual([one["message_id"] for one in group["citations"]], [str(boat.pk), str(asked.pk)])
        self.assertEqual(direct["open_points"], ["Ben wants a call [1]"])
        self.assertEqual([one["message_id"] for one in direct["citations"]], [str(call.pk)])
        self.assertEqual((group["unread_count"], group["from_seq"], group["to_seq"]), (2, boat.seq, asked.seq))
        self.assertEqual((brief["model"], brief["more_chats"], brief["since"]), ("fake-model", 0, None))
        self.assertEqual(brief["text"], "3 messages in 2 chats.")

    def test_no_request_holds_the_messages_of_two_chats(self) -> None:
        self.say("the code is 1234")
        self.say("what is the code?", self.ben, self.chat)
        with self.model(default=by_prompt(code="D: [1]")) as model:
            self.ask_brief()
        self.assertEqual(len(model.requests), 2)
        for asked in model.requests:
            self.assertNotEqual("1234" in asked.prompt, "what is the code" in asked.prompt)

    def test_what_was_read_archived_muted_or_left_is_not_in_it(self) -> None:
        chats = {name: make_group(self.ben, self.ann, title=name) for name in ("read", "archived", "muted", "left")}
        for chat in chats.values():
            Log(chat).send(self.ben, "something new")
        mine = Member.objects.filter(user=self.ann)
        mine.filter(conversation=chats["read"]).update(read_seq=1, read_ordinal=1)
        mine.filter(conversation=chats["archived"]).update(archived=True)
        mine.filter(conversation=chats["muted"]).update(muted=True)
        mine.filter(conversation=chats["left"]).update(left_at=clock.now())
        Log(make_world()).send(self.ben, "hello world")
        with self.model() as model:
            brief = self.ask_brief()
        self.assertEqual((brief["chats"], brief["text"], model.requests), ([], "There is nothing new.", []))
        Log(chats["muted"]).send(self.ben, "but you must see this", mentions=[self.ann.pk])
        get_redis().flushdb()
        with self.model("Q: see it [2]"):
            self.assertEqual([chat["title"] for chat in self.ask_brief()["chats"]], ["muted"])

    def test_since_a_moment_it_tells_what_came_from_then_on_read_or_not(self) -> None:
        now = clock.now()
        self.say("long ago", at=now - timedelta(days=3))
        recent = self.say("today", at=now - timedelta(hours=1))
        Member.objects.filter(conversation=self.group, user=self.ann).update(read_seq=2, read_ordinal=2)
        with self.model("D: today [1]") as model:
            brief = self.ask_brief(since=to_wire(now - timedelta(hours=2)))
        self.assertNotIn("long ago", model.requests[0].prompt)
        [chat] = brief["chats"]
        self.assertEqual((chat["from_seq"], chat["decisions"]), (recent.seq, ["today [1]"]))
        self.ask_brief(since="yesterday", status=400)
        self.ask_brief(since=to_wire(now + timedelta(days=1)), status=400)

    def test_without_a_model_it_names_what_stands_out_in_each_chat(self) -> None:
        self.say("please look", mentions=[self.ann.pk])
        self.say("who has the map?", self.cho)
        self.say("nothing of note")
        brief = self.ask_brief()
        [chat] = brief["chats"]
        self.assertEqual((chat["highlights"], chat["questions"]), (["Ben mentioned you [1]"], ["Cho asked [2]"]))
        self.assertIsNone(brief["model"])
        self.assertIn("No language model", brief["text"])
        self.assertFalse(LedgerEntry.objects.exists())

    def test_consent_counts_in_each_chat_for_itself(self) -> None:
        self.say("not for machines")
        self.say("for machines", self.ben, self.chat)
        self.set_ai(self.ben, "off")
        with self.model("O: Ben writes [1]") as model:
            brief = self.ask_brief()
        self.assertEqual([chat["title"] for chat in brief["chats"]], ["Ben"])
        self.assertNotIn("not for machines", model.requests[0].prompt)

    def test_a_source_that_is_withdrawn_takes_the_kept_brief_with_it(self) -> None:
        secret = self.say("the code is 1234")
        self.say("call me", self.ben, self.chat)
        with self.model(default=by_prompt(code="D: The code is 1234 [1]", call="O: Call Ben [1]")):
            self.assertIn("1234", str(self.ask_brief()))
            self.log.recall(secret)
            after = self.ask_brief()
        self.assertNotIn("1234", str(after))
        self.assertEqual([chat["title"] for chat in after["chats"]], ["Ben"])

    def test_chats_beyond_the_first_are_counted(self) -> None:
        for number in range(3):
            Log(make_group(self.ben, self.ann, title=f"group {number}")).send(self.ben, "what now?")
        with patch.object(briefs, "MAX_CHATS", 2):
            brief = self.ask_brief()
        self.assertEqual((len(brief["chats"]), brief["more_chats"]), (2, 1))

    def test_where_the_budget_ends_the_rest_is_told_without_a_model(self) -> None:
        self.say("who has the map?", mentions=[self.ann.pk])
        self.say("who calls?", self.ben, self.chat)
        with self.settings(AI_PROMPT_TOKENS=2_000), self.model(default=Reply("Q: Who? [1]")) as model:
            AiLimits.objects.create(daily_tokens_per_user=1_300)
            brief = self.ask_brief()
        first, second = brief["chats"]
        self.assertEqual((first["model"], second["model"]), ("fake-model", None))
        self.assertEqual(len(model.requests), 1)
        self.assertEqual(second["questions"], ["Ben asked [1]"])
        self.assertIn("could not be asked", brief["text"])

    def test_not_even_one_chat_within_the_budget_is_a_refusal(self) -> None:
        self.say("who has the map?")
        AiLimits.objects.create(daily_tokens_per_user=10)
        with self.model() as model:
            self.assertEqual(self.ask_brief(status=429)["details"]["scope"], "user")
        self.assertEqual(model.requests, [])

    def test_all_of_it_is_counted_and_written_down_as_a_brief(self) -> None:
        self.say("we take the boat")
        self.say("call me", self.ben, self.chat)
        with self.model("D: boat [1]", "O: call [1]"):
            self.ask_brief()
        use = ModelUse.objects.get()
        self.assertEqual((use.purpose, use.requests), ("brief", 2))
        self.assertEqual(used_today(user_id=self.ann.pk), use.prompt_tokens + use.completion_tokens)
        self.assertEqual(Reservation.objects.count(), 0)
        entries = LedgerEntry.objects.values_list("purpose", "asked_by_id", "asked_in_id").distinct()
        self.assertEqual(list(entries), [("brief", self.ann.pk, None)])
