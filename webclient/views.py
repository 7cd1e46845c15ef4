"""The shell page: a document without data that starts the client in the browser.

Everything a person sees is fetched by the client over the public contract, so the page is the same for
everyone and holds no secret; what varies is only the nonce of its content security policy.
"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from webclient.modules import build_import_map, list_preloads, list_stylesheets


@require_safe
@never_cache
def shell(request: HttpRequest, **_route: str) -> HttpResponse:
    """Answer any page of the client; the path is read by the client's own router."""
    context = {
        "import_map": build_import_map(),
        "preloads": list_preloads(),
        "stylesheets": list_stylesheets(),
        "entry": static("webclient/main.js"),
    }
    return render(request, "webclient/shell.html", context)


@require_safe
def manifest(_request: HttpRequest) -> JsonResponse:
    """Answer the web app manifest, so that the client can be put on a home screen."""
    body = {
        "name": "GoChat",
        "short_name": "GoChat",
        "start_url": "/",
        "display": "standalone",
        "background_color": "#F7F8F7",
        "theme_color": "#0E7C66",
        "icons": [
            {"src": static("webclient/img/icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
        ],
    }
    return JsonResponse(body, content_type="application/manifest+json")
