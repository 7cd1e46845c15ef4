"""The agents' API: who there is, and one's own conversation with one, greeted once."""

from typing import Any
from unittest.mock import patch

from django.test import TestCase

from ai_agent import roster
from ai_agent.models import Agent
from ai_agent.services import opening
from ai_agent.services.agents import make_agent
from core.redis import get_redis
from messaging.models import Conversation, Member
from tests.factories import make_client, make_user


class AgentsApiTest(TestCase):
    def setUp(self) -> None:
        get_redis().flushdb()
        self.ann = make_user("ann")
        self.client_of_ann = make_client(self.ann)
        self.sage = make_agent(
            username="sage", display_name="Sage 小智", description="Finds things.", greeting="Hello 你好"
        )
        self.off = make_agent(username="off", display_name="Off", enabled=False)
        roster.ROSTER.reload()
        self.addCleanup(roster.ROSTER._forget)

    def test_agents_that_are_switched_on_are_listed(self) -> None:
        answer = self.client_of_ann.get("/api/v1/agents")
        self.assertEqual(
            answer.json(),
            {
                "results": [
                    {
                        "id": str(self.sage.pk),
                        "name": "Sage 小智",
                        "description": "Finds things.",
                        "avatar_url": None,
                    }
                ]
            },
        )
        self.assertEqual(self.client.get("/api/v1/agents").status_code, 401)

    def test_there_is_one_conversation_with_an_agent_and_it_greets_once(self) -> None:
        with patch("ai_agent.services.opening.current_app.send_task") as sent:
            with self.captureOnCommitCallbacks(execute=True):
                first = self.open(self.sage)
            self.assertEqual((first.status_code, first.json()["kind"]), (201, "agent"))
            conversation_id = int(first.json()["id"])
            sent.assert_called_once()
            self.assertEqual(sent.call_args.kwargs["args"], [self.sage.pk, conversation_id])
            Conversation.objects.filter(pk=conversation_id).update(last_seq=1, last_message_seq=1)
            with self.captureOnCommitCallbacks(execute=True):
                second = self.open(self.sage)
        self.assertEqual((second.status_code, second.json()["id"]), (200, str(conversation_id)))
        sent.assert_called_once()
        self.assertEqual(
            set(Member.objects.filter(conversation_id=conversation_id).values_list("user_id", flat=True)),
            {self.ann.pk, self.sage.pk},
        )

    def test_the_greeting_is_the_agents_own_words(self) -> None:
        with patch("ai_agent.services.opening.send_greeting") as send:
            opening.greet(self.sage.pk, 7)
            opening.greet(self.off.pk, 7)
        send.assert_called_once_with(agent_id=self.sage.pk, conversation_id=7, text="Hello 你好")

    def test_without_a_broker_the_conversation_opens_all_the_same(self) -> None:
        with (
            patch("ai_agent.services.opening.current_app.send_task", side_effect=OSError),
            self.captureOnCommitCallbacks(execute=True),
        ):
            self.assertEqual(self.open(self.sage).status_code, 201)

    def test_what_is_no_agent_or_switched_off_does_not_exist(self) -> None:
        for agent_id in (self.off.pk, self.ann.pk, 999_999_999, "x"):
            self.assertEqual(self.open(agent_id).status_code, 404, agent_id)
        self.assertEqual(self.client_of_ann.post(self.path(self.sage), {"x": 1}, format="json").status_code, 400)

    def test_an_agent_cannot_log_in(self) -> None:
        self.assertFalse(self.sage.user.has_usable_password())

    def path(self, agent: object) -> str:
        return f"/api/v1/agents/{agent.pk if isinstance(agent, Agent) else agent}/conversation"

    def open(self, agent: object) -> Any:
        return self.client_of_ann.post(self.path(agent), {}, format="json")
