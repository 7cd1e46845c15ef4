"""Groups, the world room and messages for moderators: freeze, mute, hand over, dissolve; hide and show. All through the
log."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from core.admin_base import ModelAdmin
from groups.admin import GroupAdmin
from groups.models import Group
from messaging.admin import ConversationAdmin, MessageAdmin
from messaging.models import Conversation, ConversationKind, Message
from messaging.selectors.world import find_world
from moderation.admin.dialogs import (
    AnnouncementDialog,
    Dialog,
    MuteDialog,
    OwnerDialog,
    WhyDialog,
    carry_out,
    deciding,
    key_of,
)
from moderation.models import Announcement, Freeze
from moderation.services import announcing, grouping, hiding

admin.site.unregister([Group, Conversation, Message])


class SilencingAdmin(ModelAdmin):
    """A place in which the staff can silence everyone. `living` tells its conversations from others."""

    living: ClassVar[dict[str, Any]]

    def may(self, request: HttpRequest, object_id: str | None, permission: str) -> bool:
        """Whether someone with this permission can do anything here."""
        living = Conversation.objects.filter(pk=key_of(object_id), dissolved_at=None, **self.living)
        return request.user.has_perm(permission) and living.exists()

    def has_freeze_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """For a place that is not frozen."""
        return self.may(request, object_id, "moderation.add_freeze") and not _is_frozen(object_id)

    def has_unfreeze_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """For one that is."""
        return self.may(request, object_id, "moderation.delete_freeze") and _is_frozen(object_id)

    def has_mute_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whoever may change groups."""
        return self.may(request, object_id, "groups.change_group")

    @deciding(
        _("Freeze"),
        permission="freeze",
        icon="ac_unit",
        title=_("Freeze this group?"),
        explained=_("Nobody can write in it, its owner and admins neither. They read the reason."),
    )
    def freeze(self, request: HttpRequest, form: WhyDialog, object_id: str) -> HttpResponse:
        """Until it is thawed."""
        return self.decide(request, form, object_id, grouping.freeze_group, _("The group is frozen."))

    @deciding(_("Unfreeze"), permission="unfreeze", icon="sunny", title=_("Let this group write again?"))
    def unfreeze(self, request: HttpRequest, form: WhyDialog, object_id: str) -> HttpResponse:
        """As it was before."""
        return self.decide(request, form, object_id, grouping.unfreeze_group, _("The group may write again."))

    @deciding(
        _("Mute for all"),
        permission="mute",
        icon="volume_off",
        title=_("Mute everyone but the owner and admins?"),
        form_class=MuteDialog,
    )
    def mute(self, request: HttpRequest, form: MuteDialog, object_id: str) -> HttpResponse:
        """Or let them speak."""
        return self.decide(request, form, object_id, grouping.mute_group, _("Saved."))

    def decide(self, request: HttpRequest, form: Dialog, object_id: str, service: Any, said: Any) -> HttpResponse:
        """Has a service of groups do what the dialog decided."""
        return carry_out(request, (self.model, object_id), said, service, group_id=int(object_id), **form.decided)


def _is_frozen(object_id: str | None) -> bool:
    return Freeze.objects.filter(pk=key_of(object_id)).exists()


@admin.register(Group)
class ModeratedGroupAdmin(SilencingAdmin, GroupAdmin):
    """Groups, with what the staff may do to the whole of one."""

    living: ClassVar = {"group__isnull": False}
    actions_detail: Any = ("freeze", "unfreeze", {"title": _("More"), "items": ["mute", "hand_over", "dissolve"]})

    @deciding(
        _("Change the owner"),
        permission="dissolve",
        icon="swap_horiz",
        title=_("Give this group another owner"),
        form_class=OwnerDialog,
        dangerous=True,
    )
    def hand_over(self, request: HttpRequest, form: OwnerDialog, object_id: str) -> HttpResponse:
        """The old one becomes an admin."""
        return self.decide(request, form, object_id, grouping.change_owner, _("The group has another owner."))

    @deciding(
        _("Dissolve"),
        permission="dissolve",
        icon="group_off",
        title=_("Dissolve this group?"),
        explained=_("It ends for all its members and cannot be brought back. Its log is kept."),
        dangerous=True,
    )
    def dissolve(self, request: HttpRequest, form: WhyDialog, object_id: str) -> HttpResponse:
        """Ends the group that is shown."""
        return self.decide(request, form, object_id, grouping.dissolve_group, _("The group is dissolved."))


@admin.register(Conversation)
class ModeratedConversationAdmin(SilencingAdmin, ConversationAdmin):
    """Conversations; the page of the world room, which has no group's page, with what the staff may do there."""

    living: ClassVar = {"kind": ConversationKind.WORLD}
    actions_detail: Any = ("announce", "freeze", "unfreeze", "mute")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.world_view)
        return [path("world/", view, name="messaging_conversation_world"), *super().get_urls()]

    def world_view(self, request: HttpRequest) -> HttpResponse:
        """Leads to the world room, whatever its id is."""
        world = find_world()
        if world is None:
            messages.error(request, _("There is no world room."))
            return HttpResponseRedirect(reverse("admin:messaging_conversation_changelist"))
        return HttpResponseRedirect(reverse("admin:messaging_conversation_change", args=[world.pk]))

    def has_announce_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who speaks for the site."""
        return self.may(request, object_id, "moderation.add_announcement")

    @deciding(
        _("Announce"),
        permission="announce",
        icon="campaign",
        title=_("Write to everyone in the world room"),
        explained=_("As the site's own account, also while the room is frozen."),
        form_class=AnnouncementDialog,
    )
    def announce(self, request: HttpRequest, form: AnnouncementDialog, object_id: str) -> HttpResponse:
        """As the site's own account."""
        return carry_out(request, (Announcement, None), _("Sent."), announcing.announce, **form.decided)


@admin.register(Message)
class ModeratedMessageAdmin(MessageAdmin):
    """Messages without their text, which can be hidden and shown again."""

    actions_detail = ("hide", "restore")

    def has_hide_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """For one that is in sight."""
        shown = Message.objects.filter(pk=key_of(object_id), hidden_at=None, recalled_at=None)
        return request.user.has_perm("moderation.change_case") and shown.exists()

    def has_restore_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """For one that is hidden."""
        hidden = Message.objects.filter(pk=key_of(object_id)).exclude(hidden_at=None)
        return request.user.has_perm("moderation.change_case") and hidden.exists()

    @deciding(_("Hide"), permission="hide", icon="visibility_off", title=_("Hide the message from everyone?"))
    def hide(self, request: HttpRequest, form: WhyDialog, object_id: str) -> HttpResponse:
        """Out of sight for everyone at once."""
        return self.decide(request, form, object_id, hiding.hide_message, _("The message is hidden."))

    @deciding(_("Show again"), permission="restore", icon="visibility", title=_("Show the message again?"))
    def restore(self, request: HttpRequest, form: WhyDialog, object_id: str) -> HttpResponse:
        """For everyone who could see it before."""
        return self.decide(request, form, object_id, hiding.restore_message, _("The message is shown again."))

    def decide(self, request: HttpRequest, form: WhyDialog, object_id: str, service: Any, said: Any) -> HttpResponse:
        """Has a service do it to this message."""
        return carry_out(request, (Message, object_id), said, service, message_id=int(object_id), **form.decided)
