"""Whether object storage answers, asked without its driver: a probe must be cheap for every process."""

import http.client
from urllib.parse import urlsplit

from django.conf import settings

_TIMEOUT_S = 0.8


def answers() -> bool:
    """Whether the endpoint speaks HTTP and has no trouble of its own. Raises OSError or HTTPException when it is away.

    Asked without a signature, a storage that is well refuses.
    """
    address = urlsplit(settings.S3_ENDPOINT_URL)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.hostname or "", address.port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    finally:
        connection.close()
