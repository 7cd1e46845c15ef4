// @ts-check
// Members and profile of the groups that the page shows, kept in step with the events of their logs.
import { computed, signal } from '@preact/signals';

import { conversations as api, groups } from '../api/endpoints.js';
import { onFrame } from '../socket/connection.js';
import { whenApplied } from './logs.js';
import { moveCursor } from './receipts.js';
import { rememberUser } from './users.js';

/** @typedef {import('./types.js').Member} Member */
/** @typedef {{ members: Member[], nextCursor: string | null, loading: boolean }} Roster */

const EMPTY = /** @type {Roster} */ ({ members: [], nextCursor: null, loading: true });

/** @type {import('@preact/signals').Signal<Map<string, Roster>>} */
export const rosters = signal(new Map());
/** Group profiles by conversation id. */
export const profiles = signal(/** @type {Map<string, Record<string, any>>} */ (new Map()));
export const watchedMembers = computed(() => new Map([...rosters.value].map(([id, roster]) => [id, roster.members.map((row) => row.user.id)])));

/** @param {string} id */
export const rosterOf = (id) => rosters.value.get(id) ?? EMPTY;

/** Load the first page of a conversation's members, with their receipts. @param {string} id */
export async function loadMembers(id) {
  const page = await api.members(id);
  take(id, page.results, page.next_cursor);
}

/** @param {string} id */
export async function loadMoreMembers(id) {
  const roster = rosterOf(id);
  if (!roster.nextCursor) return;
  const page = await api.members(id, roster.nextCursor);
  take(id, [...roster.members, ...page.results], page.next_cursor);
}

/** @param {string} id @param {Member[]} members @param {string | null} nextCursor */
function take(id, members, nextCursor) {
  members.forEach((row) => {
    rememberUser(row.user);
    if (row.read_seq !== undefined) moveCursor(id, row.user.id, { read: row.read_seq, received: row.received_seq });
  });
  rosters.value = new Map(rosters.value).set(id, { members, nextCursor, loading: false });
}

/** @param {string} id */
export async function loadProfile(id) {
  const profile = await groups.one(id);
  profiles.value = new Map(profiles.value).set(id, profile);
  return profile;
}

/** Change a group and show what the server answers. @param {string} id @param {Record<string, unknown>} fields */
export async function updateProfile(id, fields) {
  const profile = await groups.update(id, fields);
  profiles.value = new Map(profiles.value).set(id, profile);
}

export function dropMembers() {
  rosters.value = new Map();
  profiles.value = new Map();
}

/** @type {Map<string, number>} */
const timers = new Map();

/** Load again, once for a burst of events, what the page holds of a conversation. @param {string} id */
function refresh(id) {
  clearTimeout(timers.get(id));
  timers.set(id, setTimeout(() => {
    if (rosters.value.has(id)) void loadMembers(id).catch(() => null);
    if (profiles.value.has(id)) void loadProfile(id).catch(() => null);
  }, 300));
}

whenApplied((id, event) => {
  if (event.event.startsWith('member-') || event.event === 'group-updated') refresh(id);
});
onFrame('conversation-updated', (frame) => {
  if (profiles.value.has(frame.conversation.id)) refresh(frame.conversation.id);
});
