"""The invariant checker finds each kind of broken promise, and nothing in a sound run."""

import dataclasses
from typing import Any

from django.test import SimpleTestCase, tag

from tests.client.record import Record, Sent
from tests.faults.checker import Entry, LogRows, MemberRow, Snapshot, Witness, find_violations

ANN, BEN, EVE = "1", "2", "3"
LOG = "7"


def message(seq: int, text: str) -> dict[str, Any]:
    """A message of Ann as clients compare it."""
    return {
        "message_id": f"m{seq}", "seq": seq, "sender_id": ANN, "kind": "text", "content": {"text": text},
        "reply_to": None, "mentions": [], "created_at": "t", "edited_at": None, "recalled": False, "reactions": {},
    }  # fmt: skip


class SoundRun:
    """Ann has sent Ben three messages on one socket; he holds them, she has her acks."""

    def __init__(self) -> None:
        self.ann, self.ben = Record("ann", ANN, sockets=1), Record("ben", BEN, sockets=1)
        self.rows = LogRows(3, members=[MemberRow(ANN, 3, 3), MemberRow(BEN, 1, 3)])
        for seq, text in enumerate(("one", "two", "three"), start=1):
            self._store(seq, text)
        self.snapshot: Snapshot = {LOG: self.rows}
        self.witnesses = [Witness(self.ann, {LOG: list(self.rows.history)}), Witness(self.ben, {LOG: self.copy()})]

    def _store(self, seq: int, text: str) -> None:
        frame = {"type": "send-message", "client_msg_id": f"c{seq}", "kind": "text", "content": {"text": text}}
        sent = self.ann.sent[f"c{seq}"] = Sent(f"c{seq}", LOG, frame)
        self.ann.note_transmission(sent)
        sent.acks.append({"message_id": f"m{seq}", "seq": seq})
        shown = message(seq, text)
        self.rows.history.append(shown)
        self.rows.entries.append(Entry(seq, "message-stored", f"m{seq}", ANN, f"c{seq}", f"m{seq}", text))
        self.push(self.ben, shown)

    def push(self, record: Record, shown: dict[str, Any]) -> None:
        """`record` sees a message."""
        record.note_arrival(1, {"type": "new-message", "message": {**shown, "conversation_id": LOG}})

    def copy(self) -> list[dict[str, Any]]:
        """A client's copy that equals the database."""
        return [dict(shown) for shown in self.rows.history]

    def swap(self, first: int, second: int) -> None:
        """The log has these two the other way round."""
        one, two = self.rows.entries[first], self.rows.entries[second]
        self.rows.entries[first] = dataclasses.replace(one, seq=two.seq)
        self.rows.entries[second] = dataclasses.replace(two, seq=one.seq)


@tag("faults")
class CheckerTest(SimpleTestCase):
    def setUp(self) -> None:
        self.run_ = SoundRun()
        self.rows = self.run_.rows

    def violations(self, **options: Any) -> list[str]:
        return find_violations(self.run_.snapshot, self.run_.witnesses, **options)

    def assertFound(self, kind: str, **options: Any) -> None:
        found = self.violations(**options)
        self.assertTrue(any(violation.startswith(f"{kind}: ") for violation in found), found)

    def test_a_sound_run_has_no_violations(self) -> None:
        self.assertEqual(self.violations(), [])

    def test_an_acknowledged_message_that_is_not_stored_is_lost(self) -> None:
        del self.rows.entries[2], self.rows.history[2]
        self.rows.last_seq = 2
        self.assertFound("lost")

    def test_a_message_stored_under_two_seqs_is_there_twice(self) -> None:
        self.rows.entries.append(dataclasses.replace(self.rows.entries[2], seq=4))
        self.rows.last_seq = 4
        self.assertFound("twice")

    def test_a_missing_seq_is_a_gap(self) -> None:
        self.rows.entries[1] = dataclasses.replace(self.rows.entries[1], seq=4)
        self.assertFound("gap")

    def test_a_seq_used_twice_is_a_gap(self) -> None:
        self.rows.entries.append(Entry(3, "reaction-added", "e3", BEN, "x", "m1"))
        self.assertFound("gap")

    def test_a_log_longer_than_its_counter_is_a_gap(self) -> None:
        self.rows.last_seq = 2
        self.assertFound("gap")

    def test_a_repeated_command_must_get_the_first_answer_again(self) -> None:
        self.run_.ann.sent["c2"].acks.append({"message_id": "m9", "seq": 9})
        self.assertFound("ack")

    def test_a_command_that_changes_nothing_leaves_no_row(self) -> None:
        sent = self.run_.ann.sent["c3"]
        sent.frame["type"] = "react"
        del self.rows.entries[2], self.rows.history[2]
        self.rows.last_seq = 2
        self.rows.members = [MemberRow(ANN, 2, 2), MemberRow(BEN, 1, 2)]
        sent.acks[0]["seq"] = 2
        self.run_.ben.arrivals.pop()
        for witness in self.run_.witnesses:
            witness.copies[LOG].pop()
        self.assertEqual(self.violations(), [])
        sent.acks[0]["seq"] = 3
        self.assertFound("lost")

    def test_a_refused_command_must_not_be_stored(self) -> None:
        sent = self.run_.ann.sent["c1"]
        sent.acks.clear()
        sent.error = {"code": "BLOCKED"}
        self.assertFound("refused")

    def test_the_stored_text_is_the_one_that_was_sent(self) -> None:
        self.run_.ann.sent["c1"].frame["content"] = {"text": "other"}
        self.assertFound("content")

    def test_what_is_pushed_under_a_seq_is_what_the_log_holds_there(self) -> None:
        self.run_.push(self.run_.ben, {**message(2, "two"), "message_id": "m1"})
        self.assertFound("order")

    def test_what_is_pushed_is_stored(self) -> None:
        self.run_.push(self.run_.ben, message(4, "four"))
        self.assertFound("phantom")

    def test_a_repeated_push_is_no_violation(self) -> None:
        self.run_.push(self.run_.ben, self.rows.history[0])
        self.assertEqual(self.violations(), [])

    def test_a_sender_s_commands_keep_their_order(self) -> None:
        self.run_.swap(0, 1)
        self.assertFound("sender order")

    def test_a_command_that_was_refused_for_the_moment_may_stand_later(self) -> None:
        self.run_.swap(0, 1)
        self.run_.ann.sent["c1"].refusals.append("UNAVAILABLE")
        self.assertFalse([v for v in self.violations() if v.startswith("sender order")])

    def test_a_repeated_command_may_stand_later_only_where_the_broker_lost_records(self) -> None:
        self.run_.swap(0, 1)
        self.run_.ann.note_transmission(self.run_.ann.sent["c1"])
        self.assertFound("sender order")
        self.assertFalse([v for v in self.violations(lossy=True) if v.startswith("sender order")])

    def test_nobody_has_read_what_was_not_received_or_received_what_is_not_there(self) -> None:
        self.rows.members[1] = MemberRow(BEN, 3, 2)
        self.assertFound("receipts")
        self.rows.members[1] = MemberRow(BEN, 3, 4)
        self.assertFound("receipts")

    def test_an_outsider_is_sent_nothing(self) -> None:
        eve = Record("eve", EVE)
        eve.note_arrival(1, {"type": "typing", "conversation_id": LOG, "user_id": ANN})
        self.run_.witnesses.append(Witness(eve))
        self.assertFound("privacy")

    def test_a_client_that_lacks_a_message_has_diverged(self) -> None:
        self.run_.witnesses[1].copies[LOG].pop()
        self.assertFound("diverged")

    def test_a_client_that_missed_an_edit_has_diverged(self) -> None:
        self.rows.history[0] = {**self.rows.history[0], "content": {"text": "edited"}}
        self.assertFound("diverged")

    def test_a_client_that_holds_what_the_database_does_not_has_diverged(self) -> None:
        self.run_.witnesses[1].copies["8"] = [message(1, "of nowhere")]
        self.assertFound("diverged")

    def test_a_member_holds_the_log_from_the_first_seq_that_it_may_see(self) -> None:
        self.rows.members[1] = MemberRow(BEN, 1, 3, visible_from=2)
        self.assertFound("diverged")
        self.run_.witnesses[1].copies[LOG].pop(0)
        self.assertEqual(self.violations(), [])

    def test_what_a_client_found_by_itself_counts(self) -> None:
        self.run_.ben.anomalies.append("the log ends early")
        self.assertEqual(self.violations(), ["ben: the log ends early"])
