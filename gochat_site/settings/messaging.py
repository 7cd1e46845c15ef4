"""Messages, groups and their delivery: limits and windows."""

from django.core.exceptions import ImproperlyConfigured

from gochat_site.settings.base import env

GATEWAY_ID = env.str("GATEWAY_ID", "gw-1")
LARGE_GROUP_THRESHOLD = env.int("LARGE_GROUP_THRESHOLD", 500)
# How a larger group is reached: by naming its members ("paging") or the group itself ("online"), or as is cheaper.
LARGE_GROUP_DELIVERY = env.str("LARGE_GROUP_DELIVERY", "auto")
if LARGE_GROUP_DELIVERY not in {"auto", "paging", "online"}:
    raise ImproperlyConfigured("LARGE_GROUP_DELIVERY is one of auto, paging and online.")
# Members that the fan-out of a larger group looks up, and delivers to, at a time.
FANOUT_PAGE_MEMBERS = env.int("FANOUT_PAGE_MEMBERS", 5_000)
MAX_GROUP_MEMBERS = env.int("MAX_GROUP_MEMBERS", 200_000)
MESSAGE_MAX_CHARACTERS = 16_000
MESSAGE_EDIT_WINDOW_S = env.int("MESSAGE_EDIT_WINDOW_S", 24 * 3600)
MESSAGE_RECALL_WINDOW_S = env.int("MESSAGE_RECALL_WINDOW_S", 120)
# The part of all log entries whose delivery is traced (`manage.py trace`), and how long the steps are kept.
TRACE_SAMPLE = env.float("TRACE_SAMPLE", 0.005)
if not 0 <= TRACE_SAMPLE <= 1:
    raise ImproperlyConfigured("TRACE_SAMPLE is a part of one: from 0 (nothing is traced) to 1 (everything is).")
TRACE_KEPT_S = env.int("TRACE_KEPT_S", 24 * 3600)
HEARTBEAT_MS = env.int("HEARTBEAT_MS", 25_000)
