"""Erasing all that someone wrote, in two steps: what would go, then why."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from accounts.models import User
from core import clock
from core.errors import DomainError
from core.reauthentication import require_password
from messaging.models import Conversation
from moderation.admin.dialogs import choice_field, staff_of, text_field
from moderation.services.erasing import Wish, ask, preview

SPANS = [
    ("1", _("the last day")),
    ("7", _("the last 7 days")),
    ("30", _("the last 30 days")),
    ("", _("everything")),
]


class ErasureForm(forms.Form):
    """Which messages, and (for the second step) why."""

    days = choice_field(_("Written in"), SPANS, required=False)
    conversation = forms.IntegerField(
        label=_("Only in this conversation"),
        required=False,
        min_value=1,
        max_value=(1 << 33) - 1,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text=_("Its id; empty: everywhere."),
    )
    why = text_field(_("Why?"), required=False)

    def clean_conversation(self) -> int | None:
        """A conversation that exists."""
        number: int | None = self.cleaned_data["conversation"]
        if number is not None and not Conversation.objects.filter(pk=number).exists():
            raise forms.ValidationError(_("There is no such conversation."))
        return number

    def clean(self) -> dict[str, Any]:
        """The second step needs a reason."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "confirm" in self.data and not cleaned.get("why"):
            self.add_error("why", _("Say why: it is written down."))
        return cleaned

    def as_wish(self, user_id: int) -> Wish:
        """What is asked for, for the service."""
        days = self.cleaned_data["days"]
        since = clock.now() - timedelta(days=int(days)) if days else None
        return Wish(user_id=user_id, conversation_id=self.cleaned_data["conversation"], since=since)


def show_erasure(request: HttpRequest, user_id: str, site: AdminSite) -> HttpResponse:
    """The form; what it would empty; and, once confirmed with a reason and the password, the erasure's own page."""
    if not request.user.has_perm("moderation.add_bulkerasure"):
        raise PermissionDenied
    person = User.objects.filter(pk=user_id).first() if user_id.isdecimal() else None
    if person is None:
        raise Http404
    form = ErasureForm(request.POST or None)
    shown = None
    if request.method == "POST" and form.is_valid():
        if "confirm" in request.POST:
            return require_password(request, site) or _erase(request, form, person)
        shown = preview(form.as_wish(person.pk))
    context = {
        **site.each_context(request),
        "title": _("Erase what %(name)s wrote") % {"name": person.username},
        "opts": User._meta,
        "person": person,
        "form": form,
        "preview": shown,
    }
    return TemplateResponse(request, "moderation/erase.html", context)


def _erase(request: HttpRequest, form: ErasureForm, person: User) -> HttpResponse:
    try:
        job = ask(form.as_wish(person.pk), actor=staff_of(request), why=form.cleaned_data["why"], request=request)
    except DomainError as error:
        messages.error(request, str(error.message))
        return HttpResponseRedirect(reverse("admin:accounts_user_change", args=[person.pk]))
    messages.success(request, _("The messages are being erased."))
    return HttpResponseRedirect(reverse("admin:moderation_bulkerasure_change", args=[job.pk]))
