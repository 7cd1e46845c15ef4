// @ts-check
// How far everyone has received and read: what the ticks show, and the receipts this page gives, at most one a second each.
import { signal } from '@preact/signals';

import { onFrame, sendFrame } from '../socket/connection.js';
import { conversationOf, loadConversation, patchConversation } from './conversations.js';
import { myId } from './session.js';

/** @typedef {{ read: number, received: number }} Cursor */
/** @typedef {import('./types.js').Conversation} Conversation */

const EVERY_MS = 1_000;

/** Cursors of the members of a conversation, by conversation and user. */
export const cursors = signal(/** @type {Map<string, Map<string, Cursor>>} */ (new Map()));

/** @type {Map<string, { timer: number | undefined, sent: number, wanted: number }>} */
const given = new Map();

/** @param {string} id @param {string} userId @param {Partial<Cursor>} moved */
export function moveCursor(id, userId, moved) {
  const members = new Map(cursors.value.get(id));
  const known = members.get(userId) ?? { read: 0, received: 0 };
  const read = Math.max(known.read, moved.read ?? 0);
  members.set(userId, { read, received: Math.max(known.received, moved.received ?? 0, read) });
  cursors.value = new Map(cursors.value).set(id, members);
}

/**
 * How far a message of mine has come.
 * @param {Conversation} entry @param {number} seq
 * @returns {'stored' | 'delivered' | 'read'} for a group: by the first of the others
 */
export function progressOf(entry, seq) {
  let read = entry.peer_read_seq ?? 0;
  let received = Math.max(entry.peer_received_seq ?? 0, read);
  for (const [userId, cursor] of cursors.value.get(entry.id) ?? []) {
    if (userId === myId.value) continue;
    read = Math.max(read, cursor.read);
    received = Math.max(received, cursor.received);
  }
  if (read >= seq) return 'read';
  return received >= seq ? 'delivered' : 'stored';
}

/** Who has read up to a seq, as far as cursors are known. @param {string} id @param {number} seq */
export function readersOf(id, seq) {
  return [...(cursors.value.get(id) ?? [])].filter(([userId, cursor]) => userId !== myId.value && cursor.read >= seq).map(([userId]) => userId);
}

/** The caller has seen everything up to a seq. @param {string} id @param {number} seq */
export function markRead(id, seq) {
  const known = conversationOf(id);
  if (!known || seq <= known.read_seq) return;
  const fields = seq >= known.last_seq ? { unread_count: 0, mention_count: 0 } : {};
  patchConversation(id, { read_seq: seq, ...fields });
  give('mark-read', id, seq);
}

/** This device holds everything up to a seq. @param {string} id @param {number} seq */
export function markReceived(id, seq) {
  give('message-received', id, seq);
}

/** @param {string} type @param {string} id @param {number} seq */
function give(type, id, seq) {
  const key = `${type} ${id}`;
  const state = given.get(key) ?? { timer: undefined, sent: 0, wanted: 0 };
  given.set(key, state);
  state.wanted = Math.max(state.wanted, seq);
  if (state.timer === undefined) flush(type, id, state);
}

/** @param {string} type @param {string} id @param {{ timer: number | undefined, sent: number, wanted: number }} state */
function flush(type, id, state) {
  state.timer = undefined;
  if (state.wanted <= state.sent || !sendFrame({ type, conversation_id: id, seq: state.wanted })) return;
  state.sent = state.wanted;
  state.timer = setTimeout(() => flush(type, id, state), EVERY_MS);
}

/** Give again what could not be sent while there was no connection. */
export function giveReceipts() {
  for (const [key, state] of given) {
    const [type, id] = key.split(' ');
    if (state.timer === undefined) flush(type, id, state);
  }
}

/** @param {any} frame */
function takeRead(frame) {
  const known = conversationOf(frame.conversation_id);
  moveCursor(frame.conversation_id, frame.user_id, { read: frame.seq });
  if (!known || frame.user_id !== myId.value || frame.seq <= known.read_seq) return;
  if (frame.seq >= known.last_seq) patchConversation(known.id, { read_seq: frame.seq, unread_count: 0, mention_count: 0 });
  else void loadConversation(known.id).catch(() => null);
}

onFrame('read-receipt', takeRead);
onFrame('received-receipt', (frame) => moveCursor(frame.conversation_id, frame.user_id, { received: frame.seq }));
