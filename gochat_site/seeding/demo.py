"""The demo: named people who have been talking, in Chinese and English, and an AI agent that may read what they said,
when GoChat is started for the first time."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from django.db import transaction

from accounts.models import Friendship, User
from ai_agent.models import Agent
from ai_agent.services.agents import make_agent
from core import clock
from core.generations import Generations
from groups.models import Group
from messaging.commands import Content, SendMessage
from messaging.frames import MessageAck
from messaging.models import AiSetting, Conversation, ConversationKind, Member, Message, Role
from messaging.records import UpstreamItem
from messaging.services.batch import Confirmed
from messaging.services.conversations import ensure_world, open_direct
from messaging.services.membership import add_members
from messaging.services.writing import write_batch

PASSWORD = "gochat-demo"  # noqa: S105 -- printed on purpose: these people exist on development machines alone
ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Person:
    """A demo log-in."""

    username: str
    display_name: str


PEOPLE = (
    Person("lin", "林知夏"),
    Person("chen", "陈默"),
    Person("priya", "Priya Nair"),
    Person("daniel", "Daniel Weber"),
    Person("zhou", "周予安"),
)
AGENT = "xiaozhi"
AGENT_NAME = "小知 · Sage"
AGENT_DESCRIPTION = "在你能读的聊天里找答案，并注明出处。 Finds answers in the chats you can read, and says where."
AGENT_GREETING = (
    "你好，我是小知。问我聊天里说过的事，我会注明出处；只有同意让 AI 读取的消息我才看得到。\n\n"
    "Hello, I am Sage. Ask me what was said in your chats and I will name my sources. "
    "I only see messages whose senders let AI read them."
)
GROUP_NAME = "发布小组 · Release 3.2"
GROUP_TALK = (
    ("chen", "灰度 10% 已经推上去了，网关滚动重启完成，没有掉线告警。"),
    ("lin", "收到，我盯一下投递延迟。@Priya can you post the p99 chart?"),
    ("priya", "One spike during the restart, back under 45 ms since 14:12. 峰值来自重连。"),
    ("lin", "曲线很稳，客服那边也没有新增工单。"),
    ("daniel", "Nice. The rollback note is in the wiki: `make rollback VERSION=3.1`"),
    ("lin", "那就按这个节奏，下午四点全量。"),
)
DIRECT_TALK = (
    ("lin", "priya", (("lin", "四点之后有空对一下文案吗？"), ("priya", "Sounds good, shipping it now 🚀"))),
    ("lin", "chen", (("chen", "客服那边我来同步，你专心盯发布。"),)),
    ("lin", "daniel", (("daniel", "Can you check the empty state on phones?"), ("lin", "看过了，390 px 没问题。"))),
    ("zhou", "lin", (("zhou", "明天上午的面试我可以参加，时间定了吗？"),)),
)
WORLD_TALK = (("daniel", "Hello from Berlin 👋"), ("zhou", "成都有人吗？🌶️"))


def seed_demo() -> bool:
    """Makes the world room, and the demo in a database that has no users; says whether the demo's people are there.

    All or nothing: a start that is interrupted leaves no users, so the next one makes the demo. Its passwords are
    known to everyone: only for development.
    """
    world = ensure_world()
    if not User.objects.exists():
        _make_demo(world)
    return User.objects.filter(username__in=[person.username for person in PEOPLE]).count() == len(PEOPLE)


@transaction.atomic
def _make_demo(world: Conversation) -> None:
    people = {p.username: User.objects.create_user(p.username, PASSWORD, display_name=p.display_name) for p in PEOPLE}
    User.objects.create_superuser(ADMIN, PASSWORD, display_name="Admin")
    _befriend(people)
    agent = _make_agent()
    _talk(people, _make_group(people, agent).pk, GROUP_TALK)
    for one, other, lines in DIRECT_TALK:
        conversation, _created = open_direct(people[one].pk, people[other].pk)
        _talk(people, conversation, lines)
    _talk(people, world.pk, WORLD_TALK)
    # The demo's people have chosen to let agents read: by default nobody's words are read from elsewhere.
    Member.objects.filter(user__in=people.values()).update(ai=AiSetting.INDEXED)


def _make_agent() -> Agent:
    return make_agent(username=AGENT, display_name=AGENT_NAME, description=AGENT_DESCRIPTION, greeting=AGENT_GREETING)


def _befriend(people: dict[str, User]) -> None:
    lin = people["lin"]
    others = [person for name, person in people.items() if name != "lin"]
    Friendship.objects.bulk_create(
        row for other in others for row in (Friendship(user=lin, friend=other), Friendship(user=other, friend=lin))
    )


def _make_group(people: dict[str, User], agent: Agent) -> Conversation:
    conversation = Conversation.objects.create(kind=ConversationKind.GROUP, title=GROUP_NAME)
    Group.objects.create(conversation=conversation, description="3.2 版本发布协调 / release coordination")
    owner = people["lin"]
    add_members(conversation, [owner.pk], actor_id=owner.pk, role=Role.OWNER)
    others = [person.pk for name, person in people.items() if name != "lin"]
    add_members(conversation, [*others, agent.pk], actor_id=owner.pk)
    return conversation


def _talk(people: dict[str, User], conversation_id: int, lines: tuple[tuple[str, str], ...]) -> None:
    """Sends through the write path itself, a batch per line, so that the log is one that GoChat has written."""
    for username, text in lines:
        command = SendMessage(
            client_msg_id=str(uuid4()), conversation_id=str(conversation_id), kind="text", content=Content(text=text)
        )
        item = UpstreamItem(people[username].pk, 0, "seed", "seed", 0, "en", command)
        answer = write_batch([item], Generations(1), Confirmed()).pendings[0].answer
        if not isinstance(answer, MessageAck):
            raise RuntimeError(f"The demo's talk was refused: {answer}")
    _spread(conversation_id, len(lines))


def _spread(conversation_id: int, count: int) -> None:
    """Dates the lines minutes apart, ending a little while ago."""
    now = clock.now()
    messages = Message.objects.filter(conversation_id=conversation_id).order_by("seq")
    for position, message in enumerate(messages):
        Message.objects.filter(pk=message.pk).update(created_at=now - timedelta(minutes=4 * (count - position)))
    Member.objects.filter(conversation_id=conversation_id, read_seq=0).update(joined_at=now - timedelta(days=1))
