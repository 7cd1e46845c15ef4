"""Reading what a report is about: by a report alone, only what it keeps, only with a reason; each look is audited."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from moderation.admin.dialogs import choice_field, staff_of, text_field
from moderation.models import Case, Evidence
from moderation.services.cases import look_into

REASONS = [
    ("to judge the report", _("to judge the report")),
    ("to review an appeal", _("to review an appeal")),
    ("to advise a colleague", _("to advise a colleague")),
    ("for an authority's request", _("for an authority's request")),
    ("", _("another reason, below")),
]


class LookForm(forms.Form):
    """Why someone wants to read it."""

    reason = choice_field(_("Why do you look?"), REASONS, required=False)
    why = text_field(_("In your own words"), required=False)

    def clean(self) -> dict[str, Any]:
        """One of the two must be there."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        parts = (cleaned.get("reason", ""), cleaned.get("why", "").strip())
        cleaned["given"] = ": ".join(part for part in parts if part)
        if not cleaned["given"]:
            self.add_error("why", _("Say why you look: it is written down."))
        return cleaned


@never_cache
def show_evidence(request: HttpRequest, case_id: str, site_context: dict[str, Any]) -> HttpResponse:
    """Asks why, and shows what the report keeps to who has given a reason. 403 for who may not read it."""
    if not request.user.has_perm("moderation.view_evidence"):
        raise PermissionDenied
    case = Case.objects.filter(pk=case_id).select_related("user").first() if case_id.isdecimal() else None
    if case is None:
        raise Http404
    form = LookForm(request.POST or None)
    evidence, is_open = None, request.method == "POST" and form.is_valid()
    if is_open:
        evidence = look_into(case.pk, actor=staff_of(request), why=form.cleaned_data["given"], request=request)
    context = {
        **site_context,
        "title": _("What report #%(id)d is about") % {"id": case.pk},
        "opts": Case._meta,
        "case": case,
        "form": form,
        "is_open": is_open,
        "evidence": evidence,
        "entries": _mark(evidence, case) if evidence is not None else [],
        "versions": [_with_time(each, "at") for each in evidence.versions] if evidence is not None else [],
    }
    return TemplateResponse(request, "moderation/evidence.html", context)


def _mark(evidence: Evidence, case: Case) -> list[dict[str, Any]]:
    """The entries, with the one that was reported and those of the person concerned marked."""
    return [
        {
            **_with_time(entry, "created_at"),
            "is_reported": entry["message_id"] == str(case.message_id),
            "is_theirs": entry["sender_id"] == str(case.user_id),
        }
        for entry in evidence.entries
    ]


def _with_time(kept: dict[str, Any], name: str) -> dict[str, Any]:
    """What was kept, with a time of the wire as a time again."""
    return {**kept, name: datetime.fromisoformat(kept[name])}
