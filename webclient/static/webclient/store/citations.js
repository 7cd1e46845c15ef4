// @ts-check
// What answers stand on. A source that is taken back, changed or out of reach is withdrawn wherever it is cited, at once.
import { conversations as api } from '../api/endpoints.js';
import { conversationOf, conversations, listed, patchConversation } from './conversations.js';
import { eachHeldLog, heldLog, whenApplied } from './logs.js';

/** @typedef {import('./types.js').Citation} Citation */
/** @typedef {import('./types.js').Message} Message */
/** @typedef {(citation: Citation) => boolean} Match */

/** A source that changed while the answer was being written counts as changed after it. */
const WRITING_MS = 120_000;

/** @type {Set<(match: Match, at: number) => void>} */
const holders = new Set();

/** Have something else that cites told of sources that are withdrawn, and when (ms since the epoch; Infinity: for whatever was written when). @param {(match: Match, at: number) => void} holder */
export const whenWithdrawn = (holder) => void holders.add(holder);

/** Whether the reader can no longer go by a source. @param {Citation} citation */
export function isWithdrawn({ withdrawn, conversation_id: id, seq }) {
  if (withdrawn) return true;
  const entry = conversationOf(id);
  return entry ? seq < entry.first_seq : listed.value;
}

/** The same list where nothing in it matches. @template {Citation[] | undefined} T @param {T} citations @param {Match} match @returns {T} */
export function withdraw(citations, match) {
  if (!citations?.some((citation) => !citation.withdrawn && match(citation))) return citations;
  return /** @type {T} */ (citations.map((citation) => (match(citation) ? { ...citation, withdrawn: true, quote: '' } : citation)));
}

/** Whether an answer was written before its source changed. @param {string | null | undefined} written @param {number} changed ms since the epoch */
export const isBefore = (written, changed) => Date.parse(written ?? '') - WRITING_MS <= changed;

/** @param {Message[]} list @param {(message: Message) => Message['citations']} change */
function mapCitations(list, change) {
  let changed = false;
  const next = list.map((message) => {
    const citations = message.citations && change(message);
    if (citations === message.citations) return message;
    changed = true;
    return { ...message, citations };
  });
  return changed ? next : list;
}

/** Pushed answers do not say what this reader may no longer see: ask for the newest answers of a conversation again. @param {string} id */
export async function refreshCitations(id) {
  const newest = heldLog(id)?.messages.value.findLast((message) => message.citations?.length);
  if (!newest) return;
  const page = await api.messages(id, { around_seq: newest.seq, limit: 50 });
  const fresh = new Map(page.results.map((/** @type {Message} */ message) => [message.message_id, message.citations]));
  const log = heldLog(id);
  if (log) log.messages.value = mapCitations(log.messages.value, (message) => fresh.get(message.message_id) ?? message.citations);
}

const CHANGES = new Set(['message-edited', 'message-recalled', 'message-hidden']);

whenApplied((_id, event) => {
  if (!CHANGES.has(event.event)) return;
  const source = event.message?.message_id ?? event.message_id;
  const at = event.event === 'message-edited' ? Date.parse(event.message?.edited_at ?? event.at ?? '') : Infinity;
  const match = (/** @type {Citation} */ citation) => citation.message_id === source;
  eachHeldLog((log) => {
    log.messages.value = mapCitations(log.messages.value, (message) => (isBefore(message.edited_at ?? message.created_at, at) ? withdraw(message.citations, match) : message.citations));
  });
  for (const { id, last_message: last } of conversations.value.values()) {
    const citations = last && isBefore(last.edited_at ?? last.created_at, at) ? withdraw(last.citations, match) : last?.citations;
    if (last && citations !== last.citations) patchConversation(id, { last_message: { ...last, citations } });
  }
  holders.forEach((holder) => holder(match, at));
});
