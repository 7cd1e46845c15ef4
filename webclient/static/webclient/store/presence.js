// @ts-check
// Who is online, who is typing: of the moment, never stored.
import { computed, effect, signal } from '@preact/signals';

import { connection, onFrame, sendFrame } from '../socket/connection.js';
import { friendIds } from './contacts.js';
import { ordered } from './conversations.js';
import { watchedMembers } from './members.js';
import { openId } from './router.js';
import { myId } from './session.js';

const MOST_WATCHED = 200;
const TYPING_MS = 6_000;
const TYPING_EVERY_MS = 3_000;

/** @type {import('@preact/signals').Signal<Map<string, { online: boolean, lastSeen?: string }>>} */
export const presence = signal(new Map());
/** Who types, by conversation; user ids in the order in which they began. */
export const typing = signal(/** @type {Map<string, string[]>} */ (new Map()));

/** @type {Map<string, number>} */
const typingTimers = new Map();
/** @type {Map<string, number>} */
const typingSent = new Map();
let subscribed = '';

/** @param {string | undefined} userId */
export const isOnline = (userId) => !!userId && (userId === myId.value || !!presence.value.get(userId)?.online);

/** Those whose presence the page shows: members of the open conversation first, then peers, then friends. */
const watched = computed(() => {
  const ids = new Set(watchedMembers.value.get(openId.value ?? '') ?? []);
  for (const entry of ordered.value) if (entry.kind === 'direct' && entry.peer) ids.add(entry.peer.id);
  for (const id of friendIds.value) ids.add(id);
  ids.delete(myId.value);
  return [...ids].slice(0, MOST_WATCHED);
});

/** Tell the members of a conversation that the caller types; at most every 3 s. @param {string} id */
export function tellTyping(id) {
  const now = Date.now();
  if (now - (typingSent.get(id) ?? 0) < TYPING_EVERY_MS) return;
  if (sendFrame({ type: 'typing', conversation_id: id })) typingSent.set(id, now);
}

/** @param {string} id @param {string} userId */
export function stopTyping(id, userId) {
  const key = `${id} ${userId}`;
  clearTimeout(typingTimers.get(key));
  typingTimers.delete(key);
  const left = (typing.value.get(id) ?? []).filter((other) => other !== userId);
  if (left.length !== typing.value.get(id)?.length) typing.value = new Map(typing.value).set(id, left);
}

onFrame('typing', ({ conversation_id: id, user_id: userId }) => {
  if (userId === myId.value) return;
  const known = typing.value.get(id) ?? [];
  if (!known.includes(userId)) typing.value = new Map(typing.value).set(id, [...known, userId]);
  clearTimeout(typingTimers.get(`${id} ${userId}`));
  typingTimers.set(`${id} ${userId}`, setTimeout(() => stopTyping(id, userId), TYPING_MS));
});

onFrame('online-status', (frame) => {
  presence.value = new Map(presence.value).set(frame.user_id, { online: frame.online, lastSeen: frame.last_seen_at });
});

onFrame('closed', () => {
  subscribed = '';
  presence.value = new Map();
  typing.value = new Map();
});

/** @type {number | undefined} */
let timer;
effect(() => {
  const ids = watched.value;
  if (connection.value.status !== 'online') return;
  clearTimeout(timer);
  timer = setTimeout(() => {
    const key = ids.slice().sort().join(' ');
    if (ids.length && key !== subscribed && sendFrame({ type: 'presence-subscribe', user_ids: ids })) subscribed = key;
  }, 250);
});
