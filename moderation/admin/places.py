"""Groups and messages for moderators: freeze, mute, hand over, dissolve; hide and show. All through the log."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from core.admin_base import action
from groups.admin import GroupAdmin
from groups.models import Group
from messaging.admin import MessageAdmin
from messaging.models import Message
from moderation.admin.dialogs import MuteDialog, OwnerDialog, WhyDialog, carry_out, dialog, key_of
from moderation.models import Freeze
from moderation.services import grouping, hiding

admin.site.unregister([Group, Message])


@admin.register(Group)
class ModeratedGroupAdmin(GroupAdmin):
    """Groups, with what the staff may do to the whole of one."""

    actions_detail: Any = ("freeze", "unfreeze", {"title": _("More"), "items": ["mute", "hand_over", "dissolve"]})

    def has_freeze_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """For a group that is not frozen."""
        return self._may(request, object_id, "moderation.add_freeze") and not _is_frozen(object_id)

    def has_unfreeze_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """For one that is."""
        return self._may(request, object_id, "moderation.delete_freeze") and _is_frozen(object_id)

    def _may(self, request: HttpRequest, object_id: str | None, permission: str) -> bool:
        living = Group.objects.filter(pk=key_of(object_id), conversation__dissolved_at=None)
        return request.user.has_perm(permission) and living.exists()

    @action(
        description=_("Freeze"),
        url_path="freeze",
        permissions=["freeze"],
        icon="ac_unit",
        dialog=dialog(
            _("Freeze this group?"),
            WhyDialog,
            _("Freeze"),
            _("Nobody can write in it, its owner and admins neither. They read the reason."),
        ),
    )
    def freeze(self, request: HttpRequest, form: WhyDialog, object_id: str) -> HttpResponse:
        """Until it is thawed."""
        why, said = form.cleaned_data["why"], _("The group is frozen.")
        return carry_out(request, (Group, object_id), said, grouping.freeze_group, group_id=int(object_id), why=why)

    @action(
        description=_("Unfreeze"),
        url_path="unfreeze",
        permissions=["unfreeze"],
        icon="sunny",
        dialog=dialog(_("Let this group write again?"), WhyDialog, _("Unfreeze")),
    )
    def unfreeze(self, request: HttpRequest, form: WhyDialog, object_id: str) -> HttpResponse:
        """As it was before."""
        why, said = form.cleaned_data["why"], _("The group may write again.")
        return carry_out(request, (Group, object_id), said, grouping.unfreeze_group, group_id=int(object_id), why=why)

    @action(
        description=_("Mute for all"),
        url_path="mute",
        permissions=["dissolve"],
        icon="volume_off",
        dialog=dialog(_("Mute everyone but the owner and admins?"), MuteDialog, _("Save")),
    )
    def mute(self, request: HttpRequest, form: MuteDialog, object_id: str) -> HttpResponse:
        """Or let them speak."""
        chosen = form.cleaned_data
        return carry_out(
            request, (Group, object_id), _("Saved."), grouping.mute_group, group_id=int(object_id),
            is_muted=chosen["is_muted"], why=chosen["why"],
        )  # fmt: skip

    @action(
        description=_("Change the owner"),
        url_path="owner",
        permissions=["dissolve"],
        icon="swap_horiz",
        dangerous=True,
        dialog=dialog(_("Give this group another owner"), OwnerDialog, _("Hand over")),
    )
    def hand_over(self, request: HttpRequest, form: OwnerDialog, object_id: str) -> HttpResponse:
        """The old one becomes an admin."""
        chosen = form.cleaned_data
        return carry_out(
            request, (Group, object_id), _("The group has another owner."), grouping.change_owner,
            group_id=int(object_id), heir_id=chosen["heir"], why=chosen["why"],
        )  # fmt: skip

    @action(
        description=_("Dissolve"),
        url_path="dissolve",
        permissions=["dissolve"],
        icon="group_off",
        dangerous=True,
        dialog=dialog(
            _("Dissolve this group?"),
            WhyDialog,
            _("Dissolve"),
            _("It ends for all its members and cannot be brought back. Its log is kept."),
        ),
    )
    def dissolve(self, request: HttpRequest, form: WhyDialog, object_id: str) -> HttpResponse:
        """Ends the group that is shown."""
        why, said = form.cleaned_data["why"], _("The group is dissolved.")
        return carry_out(request, (Group, object_id), said, grouping.dissolve_group, group_id=int(object_id), why=why)


def _is_frozen(object_id: str | None) -> bool:
    return Freeze.objects.filter(pk=key_of(object_id)).exists()


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

    @action(
        description=_("Hide"),
        url_path="hide",
        permissions=["hide"],
        icon="visibility_off",
        dialog=dialog(_("Hide the message from everyone?"), WhyDialog, _("Hide")),
    )
    def hide(self, request: HttpRequest, form: WhyDialog, object_id: str) -> HttpResponse:
        """Out of sight for everyone at once."""
        why, said = form.cleaned_data["why"], _("The message is hidden.")
        return carry_out(request, (Message, object_id), said, hiding.hide_message, message_id=int(object_id), why=why)

    @action(
        description=_("Show again"),
        url_path="restore",
        permissions=["restore"],
        icon="visibility",
        dialog=dialog(_("Show the message again?"), WhyDialog, _("Show")),
    )
    def restore(self, request: HttpRequest, form: WhyDialog, object_id: str) -> HttpResponse:
        """For everyone who could see it before."""
        why, said = form.cleaned_data["why"], _("The message is shown again.")
        return carry_out(
            request, (Message, object_id), said, hiding.restore_message, message_id=int(object_id), why=why
        )
