"""Reports and what comes of them: cases with their evidence, sanctions with their appeals, acts on what was written."""

from moderation.models.acts import Announcement, BulkErasure, Freeze, JobState
from moderation.models.audit import AppendOnly, AuditEntry
from moderation.models.filter import (
    FilterAction,
    FilterHit,
    FilterPlace,
    FilterRefusals,
    FilterRehearsal,
    FilterRule,
    FilterVersion,
    RehearsalState,
    SpamLimits,
)
from moderation.models.report import (
    Case,
    CaseState,
    Evidence,
    KeptOriginal,
    OriginalEnd,
    Outcome,
    Reason,
    Report,
    Subject,
)
from moderation.models.sanction import Appeal, AppealState, Sanction, SanctionKind

__all__ = [
    "Announcement",
    "Appeal",
    "AppealState",
    "AppendOnly",
    "AuditEntry",
    "BulkErasure",
    "Case",
    "CaseState",
    "Evidence",
    "FilterAction",
    "FilterHit",
    "FilterPlace",
    "FilterRefusals",
    "FilterRehearsal",
    "FilterRule",
    "FilterVersion",
    "Freeze",
    "JobState",
    "KeptOriginal",
    "OriginalEnd",
    "Outcome",
    "Reason",
    "RehearsalState",
    "Report",
    "Sanction",
    "SanctionKind",
    "SpamLimits",
    "Subject",
]
