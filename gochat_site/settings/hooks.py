"""Dotted paths by which lower apps call higher ones, which they cannot import."""

# Dotted paths of callables that may refuse a message before any row is locked; higher apps add theirs here.
MESSAGE_POLICIES: list[str] = [
    "moderation.services.enforcing.check_standing",
    "moderation.services.filtering.filter_command",
]
# The same for what counts commands: asked once for each time that one comes in.
INTAKE_POLICIES = ["moderation.services.spam.check_spam"]
# Called with {message_id: marks}, in the transaction that stored the messages, for those that a policy has marked.
STORED_HOOKS = ["moderation.services.filtering.note_hits"]
# Called with a name, title or short note that others will see; raise to refuse it.
NAME_POLICIES = ["moderation.services.filtering.check_name"]
# Writes down what the staff does and looks at (core.audit).
AUDIT_SINK = "moderation.services.audit.record"
# Called with (blocker_id, blocked_id) after a block or unblock; with (user_id) when an account is erased;
# with (user_id) in the transaction that makes an account or changes its names, its picture or who may find it.
PROFILE_HOOKS = ["search.services.people.note_person", "messaging.services.profiles.note_profile"]
BLOCK_HOOKS = ["messaging.services.conversations.note_block_change"]
ERASURE_HOOKS = [
    "groups.services.leaving.leave_all",
    "messaging.services.conversations.erase_user_messages",
    "files.services.erasure.erase_user_files",
    "moderation.services.keeping.erase_own_words",
    "ai_agent.services.ledger.forget_user",
]
# (user_id): raise what keeps the account from signing in; (conversation_id, user_ids): those who may not come in;
# (message, "edited" | "recalled"): a message is about to lose its content.
SIGN_IN_HOOKS = ["moderation.services.enforcing.check_may_sign_in"]
JOIN_HOOKS = ["moderation.services.enforcing.find_kept_out"]
ORIGINAL_HOOKS = ["moderation.services.keeping.keep_original"]
# (user_id, file_id) -> whether the user may see a message that carries the file; any of them lets in.
FILE_ACCESS_HOOKS = ["messaging.selectors.attachments.may_see"]
# (file_ids) -> those that a message carries.
FILE_USE_HOOKS = ["messaging.selectors.attachments.find_carried"]
# (file_ids), once these are erased for good.
FILE_ERASED_HOOKS = ["messaging.services.carrying.forget_erased"]
# Figures on the admin's first page beside its own: a core.dashboard.DashboardCard each.
DASHBOARD_CARDS: list[str] = ["search.dashboard.LAG", "moderation.dashboard.CAUGHT", "ai_agent.dashboard.SPEND"]
# (conversation_id, seq) -> {what: how it stands}, for who traces an entry of the log (`manage.py trace`).
TRACE_HOOKS = ["search.selectors.tracing.describe_indexing"]
