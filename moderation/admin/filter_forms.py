"""The forms of the word filter: each asks why."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from core.errors import DomainError
from moderation.models import FilterRule, SpamLimits
from moderation.services.filtering_rules import check_pattern


class WhyField(forms.CharField):
    """The reason for a change, kept in the audit."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Why"),
            max_length=500,
            widget=UnfoldAdminTextInputWidget(),
            help_text=_("For the audit: what has made this change necessary."),
        )


class FilterRuleForm(forms.ModelForm[FilterRule]):
    """A rule, with the reason for the change."""

    why = WhyField()

    class Meta:
        model = FilterRule
        fields = ("pattern", "action", "place", "by_sound", "exceptions", "note", "is_on")
        widgets: ClassVar = {"exceptions": UnfoldAdminTextareaWidget(attrs={"rows": 3})}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        try:
            check_pattern(cleaned.get("pattern", ""), by_sound=cleaned.get("by_sound", False))
        except DomainError as exc:
            for field, said in exc.details["fields"].items():
                self.add_error(field, said)
        return cleaned


class SpamLimitsForm(forms.ModelForm[SpamLimits]):
    """The numbers, with the reason for the change."""

    why = WhyField()

    class Meta:
        model = SpamLimits
        exclude = ("id",)  # noqa: DJ006 -- every number that there is
