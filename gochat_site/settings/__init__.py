"""Settings, all from the environment (or the checkout's `.env`), safe by default: one module for each noun."""

import django_stubs_ext

from gochat_site.settings.accounts import *
from gochat_site.settings.ai import *
from gochat_site.settings.api import *
from gochat_site.settings.apps import *
from gochat_site.settings.base import *
from gochat_site.settings.celery import *
from gochat_site.settings.database import *
from gochat_site.settings.files import *
from gochat_site.settings.hooks import *
from gochat_site.settings.kafka import *
from gochat_site.settings.language import *
from gochat_site.settings.logs import *
from gochat_site.settings.messaging import *
from gochat_site.settings.moderation import *
from gochat_site.settings.search import *
from gochat_site.settings.security import *
from gochat_site.settings.web import *

django_stubs_ext.monkeypatch()  # generic fields, managers and admins may be subscripted at run time too
