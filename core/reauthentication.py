"""Asking for the password again before dangerous acts: whoever finds a desk unattended gets no further than looking."""

import time
from typing import Final

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from core.audit import record_act

SESSION_KEY: Final = "password_given_at"
FIELD: Final = "_password_again"
_NOT_REPEATED: Final = frozenset({FIELD, "csrfmiddlewaretoken"})


def note_password(request: HttpRequest) -> None:
    """The person has just given their password in this session."""
    request.session[SESSION_KEY] = time.time()


def is_recent(request: HttpRequest) -> bool:
    """Whether they have given it within REAUTHENTICATION_S."""
    given_at = request.session.get(SESSION_KEY, 0.0)
    return bool(0 <= time.time() - given_at < settings.REAUTHENTICATION_S)


def check_password(request: HttpRequest, password: str) -> bool:
    """Whether it is the password of whoever makes this request; throttled as log-ins are. Remembers that it is."""
    user = request.user
    if authenticate(request, username=user.get_username(), password=password) != user:
        return False
    note_password(request)
    record_act(request, "password-given-again", user)
    return True


def require_password(request: HttpRequest, site: AdminSite) -> HttpResponse | None:
    """None when the act may go on; otherwise the page that asks for the password and then sends the same form again.

    A dialog, which cannot show a page, is led to one, and the person does it once more afterwards.
    """
    if is_recent(request):
        return None
    wrong = FIELD in request.POST
    if wrong and check_password(request, request.POST[FIELD]):
        return None
    if "HX-Request" in request.headers:
        back = urlencode({"next": request.headers.get("HX-Current-URL", "")})
        return HttpResponse(headers={"HX-Redirect": f"{reverse('admin:confirm_password')}?{back}"})
    return ask_password(request, site, wrong=wrong)


def ask_password(request: HttpRequest, site: AdminSite, *, wrong: bool) -> HttpResponse:
    """The page that asks; it carries everything that the form had."""
    repeated = [(name, value) for name, values in request.POST.lists() if name not in _NOT_REPEATED for value in values]
    context = {
        **site.each_context(request),
        "title": _("Is it still you?"),
        "repeated": repeated,
        "field": FIELD,
        "action": request.get_full_path(),
        "error": _("This password is not right, or it has been tried too often.") if wrong else "",
    }
    return TemplateResponse(request, "core/confirm_password.html", context)
