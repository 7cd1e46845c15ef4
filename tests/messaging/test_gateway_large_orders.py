"""Large groups at a gateway under every order that the pipeline allows: a model of it takes random turns, and after
each run two promises are checked against what was true when each message was stored.

The model keeps to what the pipeline guarantees, and to nothing else: changes of members are in the gateway's topic
before any message above them, in log order; messages take longer, by any time; changes may be told again; reads of the
database may be slow, and see the position before the members; a gap loses whatever is in the topic.
"""

import random
from dataclasses import dataclass, field

from django.test import SimpleTestCase

from messaging.framing import frame_text
from messaging.records import Push, SeatChange
from tests.messaging.large_case import GROUP, Bench, Member

RUNS = 200
TURNS = 400
USERS = range(1, 6)


@dataclass
class Stay:
    """A membership: from which seq on it sees the log, and the seq of its end."""

    visible_from: int
    joined_at: int
    left_at: int | None = None


@dataclass
class Promise:
    """A ready connection of a member when a message was stored: it gets it, unless it ends or its member goes."""

    seq: int
    member: Member
    stay: Stay


@dataclass
class World:
    """The log, who is in the group, and what is under way to one gateway."""

    bench: Bench = field(default_factory=Bench)
    seq: int = 0
    stays: dict[int, list[Stay]] = field(default_factory=lambda: {user: [] for user in USERS})
    changes: list[Push] = field(default_factory=list)
    with_celery: list[Push] = field(default_factory=list)
    topic: list[Push] = field(default_factory=list)
    connections: dict[int, Member] = field(default_factory=dict)
    everyone: list[Member] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)

    def stay_of(self, user_id: int) -> Stay | None:
        stays = self.stays[user_id]
        return stays[-1] if stays and stays[-1].left_at is None else None

    def may_get(self, user_id: int, seq: int) -> bool:
        """Whether the user was ever allowed to see this seq."""
        return any(
            stay.visible_from <= seq and (stay.left_at is None or seq < stay.left_at) for stay in self.stays[user_id]
        )


class Turns:
    """What may happen, one thing at a time."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world = world
        self.chance = chance
        self.user = 0

    async def take(self) -> None:
        self.user = self.chance.choice(USERS)
        turns = [
            *[self.store] * 6, *[self.work] * 6, *[self.deliver] * 12, *[self.look] * 5, *[self.proceed] * 4,
            *[self.connect] * 4, self.disconnect, self.flap, self.flap, *[self.change] * 2,
            self.repeat, self.lose, self.forget,
        ]  # fmt: skip
        await self.chance.choice(turns)()
        await self.world.bench.settle()

    async def store(self) -> None:
        """A message is stored; Celery will see to it."""
        world = self.world
        world.seq += 1
        world.bench.store.last_seq[GROUP] = world.seq
        push = Push(frame_text(str(world.seq).encode()), conversation=GROUP, seq=world.seq)
        world.with_celery.append(push)
        for user_id, member in world.connections.items():
            stay = world.stay_of(user_id)
            if stay is not None and member.connection.is_ready:
                world.promises.append(Promise(world.seq, member, stay))

    async def work(self) -> None:
        """Celery comes to the oldest message."""
        if self.world.with_celery:
            self.world.topic.append(self.world.with_celery.pop(0))

    async def change(self) -> None:
        """Someone joins or leaves; the worker tells the gateway at once."""
        world, user_id = self.world, self.user
        world.seq += 1
        stay = world.stay_of(user_id)
        if stay is None:
            visible_from = self.chance.choice((1, world.seq))
            world.stays[user_id].append(Stay(visible_from, world.seq))
            world.bench.store.seats[GROUP][user_id] = visible_from
            change = SeatChange(joined=[user_id], visible_from=visible_from)
        else:
            stay.left_at = world.seq
            del world.bench.store.seats[GROUP][user_id]
            change = SeatChange(left=[user_id])
        world.bench.store.last_seq[GROUP] = world.seq
        world.changes.append(Push(b"", count=0, conversation=GROUP, seq=world.seq, seats=change))
        world.topic.append(world.changes[-1])

    async def repeat(self) -> None:
        """A worker that has died, or lives on as a shadow, has some changes told again, in their order."""
        changes = self.world.changes
        first = self.chance.randrange(len(changes) + 1)
        self.world.topic += changes[first : first + self.chance.randint(1, 4)]

    async def deliver(self) -> None:
        """The gateway reads a record."""
        if self.world.topic:
            self.world.bench.groups.take(self.world.topic.pop(0))
            self.world.bench.hub.flush()

    async def look(self) -> None:
        """A read of the database sees the members; the gateway has not got them yet."""
        self.world.bench.threads.look()

    async def proceed(self) -> None:
        """A read of the database is done."""
        self.world.bench.threads.proceed()

    async def lose(self) -> None:
        """The topic loses what is in it, and the gateway learns of it."""
        if self.chance.random() < 0.3:
            lost = {push.seq for push in self.world.topic if push.seats is None}
            self.world.topic.clear()
            self.world.bench.groups.forget_all()
            self.world.promises = [promise for promise in self.world.promises if promise.seq not in lost]

    async def forget(self) -> None:
        """The group was silent for long."""
        index = self.world.bench.groups._indexes.get(GROUP)
        if index is not None and index.is_loaded and self.chance.random() < 0.3:
            index.spoken_to_at = float("-inf")
            self.world.bench.groups.sweep()

    async def connect(self) -> None:
        if self.user not in self.world.connections:
            member = await self.world.bench.connect(self.user, wait=False)
            self.world.connections[self.user] = member
            self.world.everyone.append(member)

    async def disconnect(self) -> None:
        member = self.world.connections.pop(self.user, None)
        if member is not None:
            self.world.bench.disconnect(member)
            self.world.promises = [promise for promise in self.world.promises if promise.member is not member]

    async def flap(self) -> None:
        """A connection ends and comes again; what has come to the gateway meanwhile may be about just this user."""
        await self.disconnect()
        await self.change()
        for _ in range(self.chance.choice((0, 0, len(self.world.topic)))):
            await self.deliver()
        await self.connect()

    async def finish(self) -> None:
        """All that is under way arrives."""
        world = self.world
        while world.with_celery or world.topic or world.bench.threads.proceed():
            await self.work()
            await self.deliver()
            await world.bench.settle()


class OrdersTest(SimpleTestCase):
    async def test_nobody_gets_what_they_may_not_see_and_every_member_who_stays_gets_everything(self) -> None:
        kept = 0
        for seed in range(RUNS):
            world = World()
            world.bench.threads.is_slow = True
            turns = Turns(world, random.Random(seed))
            for _ in range(TURNS):
                await turns.take()
            await turns.finish()
            with self.subTest(seed=seed):
                self.check_privacy(world)
                kept += self.check_completeness(world)
        self.assertGreater(kept, RUNS * 10)

    def check_privacy(self, world: World) -> None:
        for member in world.everyone:
            forbidden = [seq for seq in member.messages if not world.may_get(member.user_id, seq)]
            self.assertEqual(forbidden, [], f"user {member.user_id}: {world.stays[member.user_id]}")

    def check_completeness(self, world: World) -> int:
        """How many promises there were to keep: of members who have stayed, on connections that have."""
        open_ones = [promise for promise in world.promises if promise.stay.left_at is None]
        for promise in open_ones:
            self.assertEqual(promise.member.messages.count(promise.seq), 1, promise.seq)
        for member in world.everyone:
            self.assertEqual(member.messages, sorted(member.messages))
        return len(open_ones)
