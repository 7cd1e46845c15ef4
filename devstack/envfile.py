"""The checkout's `.env`: written once, with keys of its own, then left to its owner. Standard library only."""

import os
import secrets
from pathlib import Path

TEMPLATE = """\
# Settings of this checkout, read by gochat_site/settings/; made by the first start and never overwritten.
# The table of all settings is in README.md. Services without a URL here are embedded: see devstack/.
DEBUG=on
SECRET_KEY={secret_key}
JWT_SIGNING_KEY={jwt_signing_key}
ALLOWED_HOSTS=127.0.0.1,localhost
"""


def ensure_env_file(path: Path) -> bool:
    """Write the file, readable by its owner alone, unless it exists; True when it was written."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w") as file:
        file.write(TEMPLATE.format(secret_key=secrets.token_urlsafe(48), jwt_signing_key=secrets.token_urlsafe(48)))
    return True
