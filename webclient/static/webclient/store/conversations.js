// @ts-check
// The caller's conversations: their state, their order, and what each event of a log does to it.
import { computed, signal } from '@preact/signals';

import { conversations as api } from '../api/endpoints.js';
import { t } from '../i18n/index.js';
import { myId } from './session.js';
import { nameOf, rememberUser } from './users.js';

/** @typedef {import('./types.js').Conversation} Conversation */
/** @typedef {import('./types.js').LogEvent} LogEvent */

/** Members counts that an event changes, by event name. */
const MEMBER_CHANGE = /** @type {Record<string, number>} */ ({ 'member-joined': 1, 'member-left': -1, 'member-removed': -1 });

/** @type {import('@preact/signals').Signal<Map<string, Conversation>>} */
export const conversations = signal(new Map());
/** Whether the list has been loaded once. */
export const listed = signal(false);

export const ordered = computed(() => [...conversations.value.values()].sort(compare));
export const totals = computed(() => {
  let unread = 0;
  for (const entry of conversations.value.values()) {
    if (!entry.archived) unread += entry.muted ? 0 : entry.unread_count;
  }
  return { unread };
});

/** @param {string | null} id */
export function conversationOf(id) {
  return id ? conversations.value.get(id) : undefined;
}

/** Whether one person, or one agent, is on the other side. @param {Conversation | undefined} entry */
export const isPrivate = (entry) => entry?.kind === 'direct' || entry?.kind === 'agent';

/** @param {Conversation} entry */
export function titleOf(entry) {
  if (entry.kind === 'world') return t('world.title');
  return (isPrivate(entry) && entry.peer ? nameOf(entry.peer.id) : entry.title) || entry.title;
}

/** @param {Conversation} entry ms since the epoch of what happened last */
export function activityOf(entry) {
  return Date.parse(entry.last_message?.created_at ?? entry.created_at ?? '') || 0;
}

/** @param {Conversation} a @param {Conversation} b */
function compare(a, b) {
  return Number(b.pinned) - Number(a.pinned) || activityOf(b) - activityOf(a) || b.id.localeCompare(a.id);
}

/** Take conversations as the server has them now. What this page has read already stays read. @param {Conversation[]} rows */
export function putConversations(rows) {
  const next = new Map(conversations.value);
  for (const row of rows) {
    rememberUser(row.peer);
    const known = next.get(row.id);
    const merged = { ...known, ...row };
    if (known && known.last_seq > row.last_seq) {
      const { last_seq, last_message, unread_count, mention_count, member_count } = known;
      Object.assign(merged, { last_seq, last_message, unread_count, mention_count, member_count });
    }
    if (known && known.read_seq > row.read_seq) {
      Object.assign(merged, { read_seq: known.read_seq, unread_count: known.unread_count, mention_count: known.mention_count });
    }
    for (const field of /** @type {const} */ (['peer_read_seq', 'peer_received_seq'])) {
      if (known?.[field] !== undefined) merged[field] = Math.max(known[field] ?? 0, row[field] ?? 0);
    }
    next.set(row.id, merged);
  }
  conversations.value = next;
}

/** @param {string} id @param {Partial<Conversation>} fields */
export function patchConversation(id, fields) {
  const known = conversations.value.get(id);
  if (known) conversations.value = new Map(conversations.value).set(id, { ...known, ...fields });
}

/** @param {string[]} ids */
export function dropConversations(ids) {
  if (!ids.some((id) => conversations.value.has(id))) return;
  const next = new Map(conversations.value);
  ids.forEach((id) => next.delete(id));
  conversations.value = next;
}

/** Fetch one conversation and take it. @param {string} id */
export async function loadConversation(id) {
  const row = await api.one(id);
  putConversations([row]);
  return row;
}

/**
 * Open the direct conversation with a user, making it where there is none.
 * @param {string} userId @returns {Promise<Conversation>}
 */
export async function openDirect(userId) {
  const row = await api.openDirect(userId);
  putConversations([row]);
  return row;
}

/**
 * Change what is the caller's own in a conversation; shown at once, taken back when refused.
 * @param {string} id @param {Partial<Pick<Conversation, 'muted' | 'pinned' | 'archived' | 'draft'>>} fields
 */
export async function setOwnState(id, fields) {
  const before = conversations.value.get(id);
  patchConversation(id, fields);
  try {
    await api.update(id, fields);
  } catch (error) {
    if (before) patchConversation(id, Object.fromEntries(Object.keys(fields).map((name) => [name, /** @type {any} */ (before)[name]])));
    throw error;
  }
}

/** What an event, applied in the order of the log, does to its conversation's line in the list. @param {string} id @param {LogEvent} event */
export function reduceEvent(id, event) {
  const known = conversations.value.get(id);
  if (!known || event.seq <= known.last_seq) return;
  const fields = /** @type {Partial<Conversation>} */ ({ last_seq: event.seq });
  if (event.event === 'message-stored' && event.message) Object.assign(fields, reduceMessage(known, event.message));
  else if (event.event === 'group-updated') Object.assign(fields, reduceGroup(event.group ?? {}));
  else if (event.event in MEMBER_CHANGE) {
    fields.member_count = Math.max(0, known.member_count + MEMBER_CHANGE[event.event] * (event.user_ids?.length ?? 1));
  } else if (known.last_message && event.message?.message_id === known.last_message.message_id) {
    fields.last_message = event.message;
  } else if (known.last_message && event.message_id === known.last_message.message_id && /recalled|hidden/.test(event.event)) {
    fields.last_message = { ...known.last_message, recalled: event.event === 'message-recalled', content: {} };
  }
  patchConversation(id, fields);
}

/** @param {Conversation} known @param {import('./types.js').Message} message */
function reduceMessage(known, message) {
  const fields = /** @type {Partial<Conversation>} */ ({ last_message: message });
  if (message.sender_id === myId.value) {
    return { ...fields, read_seq: message.seq, unread_count: 0, mention_count: 0 };
  }
  if (message.kind === 'system' || message.seq <= known.read_seq) return fields;
  fields.unread_count = Math.min(1_000, known.unread_count + 1);
  if (mentionsMe(message)) fields.mention_count = known.mention_count + 1;
  return fields;
}

/** @param {import('./types.js').Message} message */
export function mentionsMe(message) {
  return message.mentions?.includes(myId.value) || message.mentions?.includes('all');
}

const RULES = ['avatar_url', 'muted_all', 'announcement_only', 'slow_mode_s'];

/** @param {Record<string, any>} group */
function reduceGroup(group) {
  const title = group.title ?? group.name;
  const rules = RULES.filter((name) => group[name] !== undefined).map((name) => [name, group[name]]);
  return { ...(title ? { title } : {}), ...Object.fromEntries(rules) };
}
