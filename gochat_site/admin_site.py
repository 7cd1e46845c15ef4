"""The staff's site: unfold's, behind a second factor, with pages to give it and to confirm one's password."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from accounts.models import User
from accounts.services import second_factor
from core.audit import record_act
from core.reauthentication import FIELD, ask_password, check_password

if TYPE_CHECKING:  # unfold carries no types
    from django.contrib.admin import AdminSite as UnfoldAdminSite
else:
    from unfold.sites import UnfoldAdminSite


class StaffSite(UnfoldAdminSite):
    """Who has given a password and not yet a code is led to the page for it, and sees nothing else."""

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and second_factor.is_signed_in_fully(request)

    def extra_urls(self) -> list[URLPattern]:
        """Unfold's way to add pages."""
        return [
            path("code/", self.code_view, name="second_factor"),
            path("code/set-up/", self.set_up_view, name="second_factor_set_up"),
            path("confirm-password/", self.admin_view(self.confirm_view), name="confirm_password"),
        ]

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if super().has_permission(request) and not self.has_permission(request):
            return self._go("admin:second_factor", request)
        return super().login(request, extra_context)

    @method_decorator([never_cache, csrf_protect])
    def code_view(self, request: HttpRequest) -> HttpResponse:
        """Asks for the code of the authenticator, or a recovery code."""
        if not super().has_permission(request):
            return self._go("admin:login", request)
        if not second_factor.has_second_factor(_staff(request)):
            return self._go("admin:second_factor_set_up", request)
        if request.method == "POST":
            if second_factor.give_code(request, _staff(request), request.POST.get("code", "")[:64]):
                record_act(request, "signed-in", _staff(request))
                return HttpResponseRedirect(self._next(request))
            messages.error(request, _("This code is not right, or it has been tried too often. Wait for the next one."))
        return self._page(request, "second_factor.html", {"title": _("Second factor")})

    @method_decorator([never_cache, csrf_protect])
    def set_up_view(self, request: HttpRequest) -> HttpResponse:
        """Shows what the authenticator is to be given, and confirms it by a first code.

        Who has one already must have given its code: a password alone never replaces it.
        """
        if not super().has_permission(request):
            return self._go("admin:login", request)
        if second_factor.has_second_factor(_staff(request)) and not self.has_permission(request):
            return self._go("admin:second_factor", request)
        if request.method == "POST":
            codes = second_factor.finish_setup(request, _staff(request), request.POST.get("code", "")[:64])
            if codes is not None:
                record_act(request, "second-factor-set-up", _staff(request))
                told = {"title": _("Recovery codes"), "codes": codes, "next": self._next(request)}
                return self._page(request, "recovery_codes.html", told)
            messages.error(request, _("This code is not right. Look at the app's clock, and try the next one."))
        setup = second_factor.describe_setup(second_factor.begin_setup(_staff(request)))
        context = {"title": _("Set up a second factor"), "required": settings.STAFF_TOTP_REQUIRED, **setup}
        return self._page(request, "second_factor_set_up.html", context)

    def confirm_view(self, request: HttpRequest) -> HttpResponse:
        """Asks for the password once more, for acts that are confirmed in a dialog."""
        wrong = FIELD in request.POST
        if wrong and check_password(request, request.POST[FIELD]):
            messages.success(request, _("Thank you. Now do it once more."))
            return HttpResponseRedirect(self._next(request))
        return ask_password(request, self, wrong=wrong)

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        return TemplateResponse(request, f"gochat_site/{template}", {**self.each_context(request), **context})

    def _go(self, page: str, request: HttpRequest) -> HttpResponse:
        return redirect(f"{reverse(page)}?{urlencode({'next': self._next(request)})}")

    def _next(self, request: HttpRequest) -> str:
        """Where the person was going, if that is a page of this site."""
        wanted = request.GET.get("next", "")
        if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
            return wanted
        return reverse("admin:index")


def _staff(request: HttpRequest) -> User:
    """Who is signed in, if only by the password so far."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
