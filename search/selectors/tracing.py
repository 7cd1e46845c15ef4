"""What search knows about one entry of the log, for whoever traces it (settings.TRACE_HOOKS)."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from core.clock import to_wire
from search import documents
from search.documents import MESSAGES
from search.embeddings.versions import current_model_id
from search.engine import EngineUnavailableError
from search.models import EmbeddedConversation, IndexedConversation


def describe_indexing(conversation_id: int, seq: int) -> Mapping[str, str]:
    """`indexed` and `embedded`, each in words: whether the log is in there up to this entry."""
    return {"indexed": _describe_document(conversation_id, seq), "embedded": _describe_vector(conversation_id, seq)}


def _describe_document(conversation_id: int, seq: int) -> str:
    try:
        index = documents.find_identity(MESSAGES)
    except EngineUnavailableError:
        return _("unknown: the search engine does not answer")
    row = IndexedConversation.objects.filter(conversation_id=conversation_id, index_name=index or "").first()
    if row is None or row.indexed_seq < seq:
        return _behind(seq, row.indexed_seq if row is not None else 0)
    return _("yes; the log is in the index up to %(seq)d, since %(at)s") % {
        "seq": row.indexed_seq,
        "at": to_wire(row.indexed_at),
    }


def _describe_vector(conversation_id: int, seq: int) -> str:
    rows = EmbeddedConversation.objects.filter(conversation_id=conversation_id, model_id=current_model_id())
    row = rows.first()
    if row is None or row.embedded_seq < seq:
        return _behind(seq, row.embedded_seq if row is not None else 0)
    return _("yes; the log is in vectors up to %(seq)d, since %(at)s") % {
        "seq": row.embedded_seq,
        "at": to_wire(row.embedded_at),
    }


def _behind(seq: int, reached: int) -> str:
    return _("not yet: %(reached)d of %(seq)d") % {"reached": reached, "seq": seq}
