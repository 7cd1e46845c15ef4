"""The pages of groups, the world room and messages: what the staff does there goes through the log, and is audited."""

from unittest.mock import patch

from django.urls import reverse

from groups.services.profile import create_group
from messaging.models import Conversation, Message
from messaging.services.conversations import ensure_world
from moderation.models import Announcement, Freeze
from tests.messaging.building import make_direct
from tests.moderation.case import acts_of
from tests.moderation.pages_case import WHY, PagesCase


class PlacesTest(PagesCase):
    def setUp(self) -> None:
        super().setUp()
        self.group_id = create_group(self.ann, name="Tea", member_ids=[self.ben.pk], profile={})

    def test_a_group_is_frozen_thawed_muted_handed_over_and_dissolved_at_its_page(self) -> None:
        self.decide("groups_group_freeze", self.group_id, **WHY)
        self.assertTrue(Freeze.objects.filter(pk=self.group_id).exists())
        self.assertEqual(self.decide("groups_group_freeze", self.group_id, **WHY).status_code, 403)
        self.decide("groups_group_unfreeze", self.group_id, **WHY)
        self.decide("groups_group_mute", self.group_id, is_muted="on", **WHY)
        self.assertTrue(Conversation.objects.get(pk=self.group_id).muted_all)
        self.decide("groups_group_hand_over", self.group_id, heir_id=self.ben.pk, **WHY)
        self.decide("groups_group_dissolve", self.group_id, **WHY)
        self.assertIsNotNone(Conversation.objects.get(pk=self.group_id).dissolved_at)
        acts = ["froze-group", "unfroze-group", "muted-group", "changed-owner", "dissolved-group"]
        self.assertEqual(acts_of(self.moderator), acts)

    def test_the_world_room_is_frozen_muted_and_spoken_to_at_its_page(self) -> None:
        world = ensure_world()
        address = reverse("admin:messaging_conversation_world")
        self.assertRedirects(self.client.get(address), reverse("admin:messaging_conversation_change", args=[world.pk]))
        self.decide("messaging_conversation_freeze", world.pk, **WHY)
        self.assertEqual(Freeze.objects.get(pk=world.pk).reason, WHY["why"])
        self.assertIn(
            reverse("admin:messaging_conversation_change", args=[world.pk]), self.get_list("moderation_freeze")
        )
        self.assertEqual(self.decide("messaging_conversation_mute", world.pk, **WHY).status_code, 200)
        self.assertTrue(Conversation.objects.get(pk=world.pk).muted_all)  # the freeze stands
        self.decide("messaging_conversation_unfreeze", world.pk, **WHY)
        self.assertFalse(Conversation.objects.get(pk=world.pk).muted_all)
        with patch("moderation.services.announcing.send") as send:
            self.decide("messaging_conversation_announce", world.pk, text="Maintenance at noon.", is_pinned="on")
        self.assertEqual(send.call_args.args, (Announcement.objects.get(text="Maintenance at noon.").pk,))
        self.assertEqual(acts_of(self.moderator), ["froze-group", "unfroze-group", "announced"])

    def test_no_other_conversation_is_silenced_at_its_page(self) -> None:
        for key in (make_direct(self.ann, self.ben).pk, self.group_id):
            for act in ("freeze", "mute", "announce"):
                self.assertEqual(self.decide(f"messaging_conversation_{act}", key, text="x", **WHY).status_code, 403)
        self.assertFalse(Freeze.objects.exists())

    def test_without_a_world_room_its_address_leads_to_the_list(self) -> None:
        page = self.client.get(reverse("admin:messaging_conversation_world"), follow=True)
        self.assertContains(page, "There is no world room.")

    def test_what_cannot_be_undone_asks_for_the_password_first(self) -> None:
        self.enter(self.moderator, password_given_at=0)
        for page, fields in (("dissolve", WHY), ("hand_over", {"heir_id": self.ben.pk, **WHY})):
            self.decide(f"groups_group_{page}", self.group_id, **fields)
        self.assertIsNone(Conversation.objects.get(pk=self.group_id).dissolved_at)
        self.assertEqual(acts_of(self.moderator), [])

    def test_a_message_is_hidden_and_shown_at_its_page(self) -> None:
        self.decide("messaging_message_hide", self.message.pk, **WHY)
        self.assertIsNotNone(Message.objects.get(pk=self.message.pk).hidden_at)
        self.assertEqual(self.decide("messaging_message_hide", self.message.pk, **WHY).status_code, 403)
        self.decide("messaging_message_restore", self.message.pk, **WHY)
        self.assertIsNone(Message.objects.get(pk=self.message.pk).hidden_at)
