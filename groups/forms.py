"""The admin's form for a group: its own fields, and those that its conversation keeps."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from groups.models import MAX_SLOW_MODE_S, Group


class AdminGroupForm(forms.ModelForm[Group]):
    """Saving goes through groups.services.profile, so that members see the change as they see any other."""

    name = forms.CharField(label=_("Name"), max_length=100, widget=UnfoldAdminTextInputWidget())
    muted_all = forms.BooleanField(
        label=_("Muted for all"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=_("Only the owner and admins may write."),
    )
    announcement_only = forms.BooleanField(
        label=_("Announcements only"), required=False, widget=UnfoldBooleanSwitchWidget()
    )
    slow_mode_s = forms.IntegerField(
        label=_("Slow mode (s)"), min_value=0, max_value=MAX_SLOW_MODE_S, widget=UnfoldAdminIntegerFieldWidget()
    )

    class Meta:
        model = Group
        fields = ("description", "announcement", "join_policy", "history_visible")
        widgets: ClassVar = {
            "description": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
            "announcement": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        }

    OF_CONVERSATION: ClassVar = {
        "name": "title",
        "muted_all": "muted_all",
        "announcement_only": "announcement_only",
        "slow_mode_s": "slow_mode_s",
    }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk is not None:
            for name, field in self.OF_CONVERSATION.items():
                self.initial[name] = getattr(self.instance.conversation, field)
