"""Celery: its broker, its queues' manners, and what runs by the clock."""

from typing import Any

from gochat_site.settings.base import BASE_DIR, env
from gochat_site.settings.database import REDIS_KEEPALIVE, REDIS_URL
from gochat_site.settings.kafka import KAFKA_TOPIC_PREFIX

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True  # but for the bridges' tasks, whose outcomes the bridges ask for
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": f"celery.{KAFKA_TOPIC_PREFIX}",
    "visibility_timeout": 600,
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    **REDIS_KEEPALIVE,
}
CELERY_RESULT_BACKEND = REDIS_URL
CELERY_RESULT_EXPIRES = 120
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"global_keyprefix": f"celery.{KAFKA_TOPIC_PREFIX}"}
CELERY_REDIS_SOCKET_TIMEOUT = 5
CELERY_REDIS_SOCKET_CONNECT_TIMEOUT = 5
CELERY_TIMEZONE = "UTC"
# Where a task waits that is not for the queue `celery`. (A bridge names the queue of its own task: BridgeSpec.)
CELERY_TASK_ROUTES = {
    "search.sweep_documents": {"queue": "indexing"},
    "search.sweep_vectors": {"queue": "embedding"},
    "search.index_people": {"queue": "indexing"},
    "ai_agent.make_digest": {"queue": "agent"},
}
# What a Celery worker adds to its niceness when it starts: for one whose queues can wait.
WORKER_NICENESS = env.int("WORKER_NICENESS", 0)
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep-documents": {"task": "search.sweep_documents", "schedule": 10.0, "options": {"expires": 10}},
    "sweep-vectors": {"task": "search.sweep_vectors", "schedule": 10.0, "options": {"expires": 10}},
    "end-expired-sessions": {"task": "accounts.tasks.end_expired_sessions", "schedule": 3600.0},
    "erase-pending-accounts": {"task": "accounts.tasks.erase_pending_accounts", "schedule": 300.0},
    "sweep-files": {"task": "files.tasks.sweep_files", "schedule": 300.0},
    "end-sanctions": {"task": "moderation.tasks.end_sanctions", "schedule": 60.0},
    "resume-bulk-erasures": {"task": "moderation.tasks.resume_bulk_erasures", "schedule": 60.0},
    "forget-kept-originals": {"task": "moderation.tasks.forget_kept", "schedule": 3600.0},
    "report-flagged": {"task": "moderation.tasks.report_flagged", "schedule": 60.0, "options": {"expires": 60}},
    "resume-rehearsals": {"task": "moderation.tasks.resume_rehearsals", "schedule": 30.0, "options": {"expires": 30}},
    "release-ai-reservations": {"task": "ai_agent.release_reservations", "schedule": 60.0, "options": {"expires": 60}},
    "forget-ai-use": {"task": "ai_agent.forget_use", "schedule": 3600.0, "options": {"expires": 3600}},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(BASE_DIR / "var/run/celerybeat-schedule")
