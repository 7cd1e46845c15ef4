"""The clients of language models: what is streamed, what ends it, and in which words a failure is told."""

import threading

from django.test import SimpleTestCase

from core.llm import (
    ChatModel,
    ChatTurn,
    LlmRefusedError,
    LlmTooSlowError,
    LlmUnavailableError,
    complete_chat,
    stream_chat,
)
from tests.fakes.openai import FakeOpenAI, Reply

TURNS = (ChatTurn("system", "You are brief."), ChatTurn("user", "When is it?"))


class ChatTest(SimpleTestCase):
    def setUp(self) -> None:
        self.fake = self.enterContext(FakeOpenAI())
        self.model = ChatModel("some-model", self.fake.url, "sk-own")

    def ask(self, reply: Reply, *, quiet_s: float = 20, whole_s: float = 60) -> str:
        self.fake.script(reply)
        return complete_chat(TURNS, self.model, max_tokens=70, quiet_s=quiet_s, whole_s=whole_s).text

    def test_an_answer_comes_piece_by_piece_with_its_tokens_counted(self) -> None:
        self.fake.script(Reply("On Friday at ten.", piece_letters=5))
        chunks = list(stream_chat(TURNS, self.model, max_tokens=70))
        self.assertEqual([chunk.text for chunk in chunks if chunk.text], ["On Fr", "iday ", "at te", "n."])
        self.assertEqual([chunk.finish_reason for chunk in chunks if chunk.finish_reason], ["stop"])
        self.assertEqual([chunk.completion_tokens for chunk in chunks if chunk.completion_tokens], [4])
        [asked] = self.fake.requests
        self.assertEqual(asked.body["max_tokens"], 70)
        self.assertEqual(asked.headers["authorization"], "Bearer sk-own")
        self.assertEqual([one["role"] for one in asked.body["messages"]], ["system", "user"])
        self.assertNotIn("tools", asked.body)

    def test_a_server_that_counts_no_tokens_leaves_them_unknown(self) -> None:
        self.fake.script(Reply(usage=False))
        answer = complete_chat(TURNS, self.model, max_tokens=70)
        self.assertEqual((answer.text, answer.prompt_tokens), ("It is so [1].", None))

    def test_what_goes_wrong_has_one_of_three_names(self) -> None:
        for status, error in ((500, LlmUnavailableError), (429, LlmUnavailableError), (422, LlmRefusedError)):
            with self.assertRaises(error):
                self.ask(Reply(status=status))
        with self.assertRaises(LlmUnavailableError):
            self.ask(Reply("a long answer that breaks off", breaks_after=2))
        with self.assertRaises(LlmTooSlowError):
            self.ask(Reply(first_after_s=20), quiet_s=0.3)
        with self.assertRaises(LlmTooSlowError):
            self.ask(Reply("x" * 4_000, piece_after_s=0.1), whole_s=0.5)

    def test_nobody_at_the_address_is_unavailable(self) -> None:
        with FakeOpenAI() as gone:
            pass
        with self.assertRaises(LlmUnavailableError):
            complete_chat(TURNS, ChatModel("some-model", gone.url), max_tokens=70)

    def test_a_server_that_does_not_know_a_parameter_is_asked_in_its_own_way(self) -> None:
        self.fake.script(
            Reply(status=400, error="Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
            Reply(status=400, error="stream_options: extra fields not permitted"),
        )
        self.assertEqual(self.ask(Reply("Yes.")), "Yes.")
        self.assertEqual(self.ask(Reply("Yes.")), "Yes.")
        self.assertEqual(len(self.fake.requests), 4)
        self.assertEqual(self.fake.requests[-1].body["max_completion_tokens"], 70)
        self.assertFalse({"max_tokens", "stream_options"} & self.fake.requests[-1].body.keys())

    def test_a_caller_looks_up_while_nothing_comes_and_closing_hangs_up(self) -> None:
        gate = threading.Event()
        self.fake.script(Reply("x" * 100_000, gate=gate, gate_after=1, piece_letters=1_000))
        stream = stream_chat(TURNS, self.model, max_tokens=70)
        self.assertEqual(next(text for chunk in stream if (text := chunk.text)), "x" * 1_000)
        self.assertEqual([next(stream).text for _ in range(3)], [""] * 3)
        stream.close()
        gate.set()
        self.fake.wait_for_hang_up()
