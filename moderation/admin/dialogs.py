"""The dialogs in which moderators decide, and how what comes of them is shown."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)

from accounts.models import User
from core import clock
from core.admin_base import Decorated, action, as_number
from core.errors import DomainError
from moderation.models import Outcome, SanctionKind
from moderation.services.notices import language_of
from moderation.services.sanctions import NewSanction

SHORT: Final = {"rows": 3}
FOR_GOOD: Final = "0"
DURATIONS: Final = [
    ("3600", _("1 hour")),
    ("86400", _("1 day")),
    ("604800", _("7 days")),
    ("2592000", _("30 days")),
    (FOR_GOOD, _("for good")),
]
REASONS: Final = [
    ("", _("in your own words, below")),
    ("spam", _("You sent unwanted advertising.")),
    ("insults", _("You insulted or harassed someone.")),
    ("hate", _("You attacked people for who they are.")),
    ("fraud", _("You tried to deceive people.")),
    ("sexual", _("You sent sexual content that was not wanted or not allowed.")),
    ("violence", _("You threatened violence.")),
    ("illegal", _("You offered or asked for something illegal.")),
]


def text_field(label: Any, most: int = 500, **options: Any) -> forms.CharField:
    """A few lines of text."""
    return forms.CharField(label=label, max_length=most, widget=UnfoldAdminTextareaWidget(attrs=SHORT), **options)


def choice_field(label: Any, choices: Any, **options: Any) -> forms.ChoiceField:
    """One of a few."""
    return forms.ChoiceField(label=label, choices=choices, widget=UnfoldAdminSelectWidget(), **options)


class Dialog(BaseDialogForm):  # type: ignore[misc] # unfold carries no types
    """A dialog about one object."""

    @property
    def decided(self) -> dict[str, Any]:
        """What was filled in, by the names of the fields: those of the service's arguments."""
        return {name: value for name, value in self.cleaned_data.items() if not name.startswith("_")}


class WhyDialog(Dialog):
    """Why it is done: for the audit."""

    why = text_field(_("Why?"))


class SanctionDialog(Dialog):
    """A sanction: which, for how long, where, and what the person reads."""

    kind = choice_field(_("Sanction"), SanctionKind.choices)
    duration = choice_field(_("For how long"), DURATIONS, help_text=_("A warning has no end."))
    preset = choice_field(_("Reason that the person sees"), REASONS, required=False)
    reason = text_field(_("In your own words"), required=False)
    conversation = forms.IntegerField(
        label=_("Only in this conversation"),
        required=False,
        min_value=1,
        max_value=(1 << 33) - 1,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text=_("Its id; empty: everywhere."),
    )
    note = text_field(_("Note for colleagues"), 2000, required=False)

    def clean(self) -> dict[str, Any]:
        """There must be a reason."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not (cleaned.get("preset") or cleaned.get("reason", "").strip()):
            self.add_error("preset", _("The person must be given a reason."))
        return cleaned

    def as_sanction(self, user_id: int, *, case_id: int | None = None) -> NewSanction:
        """What was decided, for the service."""
        chosen = self.cleaned_data
        is_endless = chosen["duration"] == FOR_GOOD or chosen["kind"] == SanctionKind.WARN
        return NewSanction(
            user_id=user_id,
            kind=SanctionKind(chosen["kind"]),
            reason=self._words_for(user_id),
            note=chosen["note"],
            conversation_id=chosen["conversation"],
            ends_at=None if is_endless else clock.now() + timedelta(seconds=int(chosen["duration"])),
            case_id=case_id,
        )

    def _words_for(self, user_id: int) -> str:
        """The reason: a preset one in the language of who reads it (or else of who decides), then one's own words."""
        chosen = self.cleaned_data
        person = User.objects.filter(pk=user_id).first()
        with translation.override((person and language_of(person)) or translation.get_language()):
            preset = str(dict(REASONS)[chosen["preset"]]) if chosen["preset"] else ""
        return " ".join(filter(None, (preset, chosen["reason"].strip())))[:500]


class ResolveDialog(Dialog):
    """What came of a report, and what its reporters are told."""

    outcome = choice_field(_("Outcome"), Outcome.choices)
    answer = text_field(
        _("Answer to the reporters"), 1000, required=False, help_text=_("Empty: the usual words for this outcome.")
    )
    note = text_field(_("Note for colleagues"), 2000, required=False)


class AppealDialog(Dialog):
    """What the person who appealed is told."""

    answer = text_field(_("Answer to the person"), 1000)


class OwnerDialog(Dialog):
    """Who is to own a group."""

    heir_id = forms.IntegerField(
        label=_("New owner"), min_value=1, widget=UnfoldAdminIntegerFieldWidget(), help_text=_("A member's user id.")
    )
    why = text_field(_("Why?"))

    def clean_heir_id(self) -> int:
        """Someone who exists."""
        heir = int(self.cleaned_data["heir_id"])
        if heir > (1 << 63) - 1 or not User.objects.filter(pk=heir).exists():
            raise forms.ValidationError(_("There is no such user."))
        return heir


class AnnouncementDialog(Dialog):
    """What to say to everyone."""

    text = text_field(_("Text"), 4000)
    is_pinned = forms.BooleanField(label=_("Pin it"), required=False, initial=True, widget=UnfoldBooleanSwitchWidget())


class MuteDialog(Dialog):
    """Whether the whole of a group may write."""

    is_muted = forms.BooleanField(
        label=_("Muted for all"), required=False, initial=True, widget=UnfoldBooleanSwitchWidget()
    )
    why = text_field(_("Why?"))


def carry_out(
    request: HttpRequest, shown: tuple[type[Model], Any], said: Any, service: Callable[..., object], **arguments: Any
) -> HttpResponse:
    """Has a service do what a dialog decided; says `said`, or why it was refused, and shows the object (model, key), or
    the list where the key is None."""
    try:
        service(**arguments, actor=staff_of(request), request=request)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, said)
    model, key = shown
    page = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    address = reverse(f"{page}_changelist") if key is None else reverse(f"{page}_change", args=[key])
    return HttpResponse(headers={"HX-Redirect": address})


def key_of(object_id: str | None) -> int:
    """The number in the address of an object's page; 0, which no row has, where it is none."""
    return as_number(object_id or "") or 0


def staff_of(request: HttpRequest) -> User:
    """Who is at work."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def deciding(
    description: Any,
    *,
    permission: str,
    icon: str,
    title: Any,
    explained: Any = "",
    form_class: type[Dialog] = WhyDialog,
    dangerous: bool = False,
) -> Callable[[Decorated], Decorated]:
    """A button of an object's page, and the dialog behind it, which asks (unless its form asks for more) why."""
    return action(
        description=description,
        permissions=[permission],
        icon=icon,
        dangerous=dangerous,
        dialog=dialog(title, form_class, description, explained),
    )


def dialog(title: Any, form_class: type[Dialog], submit: Any, description: Any = "") -> dict[str, Any]:
    """The description of a dialog, as unfold has it."""
    return {"title": title, "description": description, "form_submit_text": submit, "form_class": form_class}
