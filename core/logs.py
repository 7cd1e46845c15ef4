"""Structured logs: one event a line, with ids and never with message bodies or tokens."""

import logging.config
from typing import Any

import structlog

_REDACTED = frozenset({"text", "content", "body", "frame", "password", "token", "access", "refresh", "ticket"})


def _redact(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    for key in _REDACTED & event.keys():
        event[key] = "[redacted]"
    return event


def configure(config: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG: `{"level": "INFO", "as_json": bool}`."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _redact,
    ]
    renderer: Any = structlog.dev.ConsoleRenderer(colors=False)
    if config["as_json"]:
        renderer = structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            renderer,
        ],
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"structured": formatter},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
            "root": {"handlers": ["stderr"], "level": config["level"]},
            "loggers": _quiet(config["level"]),
        }
    )


def _quiet(level: str) -> dict[str, Any]:
    """The libraries that say too much."""
    return {
        # Query strings may carry a ticket, so the servers' own access lines stay off.
        "uvicorn.access": {"level": "WARNING"},
        "uvicorn.error": {"level": "WARNING"},
        # kafka-python warns of every reconnect; what matters of it, its callers see as errors.
        "kafka": {"level": level if level == "DEBUG" else "ERROR"},
        # Celery tells of each task twice, with its result; bridges hand out many a second.
        "celery.worker.strategy": {"level": level if level == "DEBUG" else "WARNING"},
        "celery.app.trace": {"level": level if level == "DEBUG" else "WARNING"},
    }


def get_logger(name: str) -> Any:
    """A structured logger: `log.info("message stored", message_id=...)`."""
    return structlog.stdlib.get_logger(name)
