"""The forms of the admin of AI: each asks why."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, Final, TypeVar

from django import forms
from django.db.models import Model
from django.utils.formats import localize
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from accounts.models import User, fold_username
from accounts.services.names import clean_display_name, clean_username
from ai_agent.models import Agent, AiLimits, ModelPrice
from ai_agent.services.agent_changes import AgentChange
from ai_agent.services.budgets import cost_at_most
from core.errors import DomainError
from files.services.avatars import render_picture

T = TypeVar("T")
MAX_PICTURE_BYTES: Final = 5 * 1024 * 1024
FIELDS: Final = (
    "description", "model", "system_prompt", "greeting", "uses_retrieval", "max_answer_tokens",
    "daily_tokens_per_user", "daily_tokens", "enabled",
)  # fmt: skip


class WhyField(forms.CharField):
    """The reason for a change, kept in the audit."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Why"),
            max_length=500,
            widget=UnfoldAdminTextInputWidget(),
            help_text=_("For the audit: what has made this change necessary."),
        )


class WhyDialog(BaseDialogForm):  # type: ignore[misc] # unfold carries no types
    """Why it is done: for the audit."""

    why = forms.CharField(label=_("Why?"), max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))


class AgentForm(forms.ModelForm[Agent]):
    """An agent, and of its user the name and the picture."""

    username = forms.CharField(
        label=capfirst(_("username")),
        max_length=32,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("By which people mention it. It stays as it is."),
    )
    display_name = forms.CharField(
        label=capfirst(_("display name")), max_length=64, widget=UnfoldAdminTextInputWidget()
    )
    picture = forms.FileField(
        label=capfirst(_("picture")),
        required=False,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": "image/*"}),
        help_text=_("Without one its first letter is shown, in a colour of its own."),
    )
    no_picture = forms.BooleanField(
        label=capfirst(_("take the picture away")), required=False, widget=UnfoldBooleanSwitchWidget()
    )
    why = WhyField()

    class Meta:
        model = Agent
        fields = FIELDS
        widgets: ClassVar = {
            "system_prompt": UnfoldAdminTextareaWidget(attrs={"rows": 8}),
            "greeting": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk is not None:
            user = self.instance.user
            self.fields["username"].disabled = True
            self.initial.update(username=user.username, display_name=user.display_name)

    def clean_username(self) -> str:
        """As registration has it."""
        typed: str = self.cleaned_data["username"]
        if self.instance.pk is not None:
            return typed
        name = _checked(clean_username, typed)
        if User.objects.filter(username_folded=fold_username(name)).exists():
            raise forms.ValidationError(_("This username is taken."))
        return name

    def clean_display_name(self) -> str:
        """The same."""
        typed: str = self.cleaned_data["display_name"]
        return _checked(clean_display_name, typed)

    def clean_picture(self) -> bytes | None:
        """The avatar that it makes, None where none was chosen."""
        chosen = self.cleaned_data.get("picture")
        if not chosen:
            return None
        if chosen.size > MAX_PICTURE_BYTES:
            raise forms.ValidationError(_("A picture has at most 5 MB."))
        data: bytes = chosen.read()
        return _checked(partial(render_picture, field="picture"), data)

    def clean(self) -> dict[str, Any]:
        """A budget that is smaller than one answer would only ever refuse."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        _check_budgets(self, cost_at_most(cleaned.get("max_answer_tokens") or 0))
        return cleaned

    def as_change(self) -> AgentChange:
        """What was typed, for the service."""
        chosen = self.cleaned_data
        return AgentChange(
            display_name=chosen["display_name"],
            fields={name: chosen[name] for name in FIELDS},
            picture=b"" if chosen.get("no_picture") and not chosen["picture"] else chosen["picture"],
        )


class AiLimitsForm(forms.ModelForm[AiLimits]):
    """The budgets, with the reason for the change."""

    why = WhyField()

    class Meta:
        model = AiLimits
        fields = ("daily_tokens", "daily_tokens_per_user", "currency")

    def clean(self) -> dict[str, Any]:
        """As for an agent."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        _check_budgets(self, cost_at_most())
        return cleaned

    def clean_currency(self) -> str:
        """Three letters, as ISO 4217 has them."""
        code: str = self.cleaned_data["currency"].upper()
        if len(code) != 3 or not code.isalpha() or not code.isascii():
            raise forms.ValidationError(_("A currency has three letters, like USD or CNY."))
        return code


class ModelPriceForm(forms.ModelForm[ModelPrice]):
    """A price, with the reason for the change."""

    why = WhyField()

    class Meta:
        model = ModelPrice
        fields = ("model", "prompt_per_million", "completion_per_million")


def changes_of(form: forms.ModelForm[Any]) -> Mapping[str, Any]:
    """The fields that the form changes, with their new values."""
    return {name: form.cleaned_data[name] for name in form.changed_data if _is_of(form._meta.model, name)}


def _check_budgets(form: forms.ModelForm[Any], least: int) -> None:
    for name in ("daily_tokens_per_user", "daily_tokens"):
        if 0 < (form.cleaned_data.get(name) or 0) < least:
            said = _("This does not suffice for a single question: %(least)s tokens do.")
            form.add_error(name, forms.ValidationError(said, params={"least": localize(least)}))


def _is_of(model: type[Model], name: str) -> bool:
    return any(field.name == name for field in model._meta.get_fields())


def _checked(check: Callable[[T], T], typed: T) -> T:
    try:
        return check(typed)
    except DomainError as error:
        said = error.details.get("fields", {}).values()
        raise forms.ValidationError([str(line) for lines in said for line in lines] or str(error.message)) from error
