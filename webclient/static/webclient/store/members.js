// @ts-check
// Members and profile of the groups that the page shows, kept in step with the events of their logs.
import { computed, signal } from '@preact/signals';

import { conversations as api, groups } from '../api/endpoints.js';
import { onFrame } from '../socket/connection.js';
import { conversationOf, loadConversation } from './conversations.js';
import { whenApplied } from './logs.js';
import { moveCursor } from './receipts.js';
import { myId } from './session.js';
import { rememberUser } from './users.js';

/** @typedef {import('./types.js').Member} Member */
/** @typedef {{ members: Member[], nextCursor: string | null, loading: boolean }} Roster */

/** The most members that a page takes: a conversation of more is large, and nobody of it is loaded along with it. */
const PAGE = 200;
const SMALL_PAGE = 50;

const EMPTY = /** @type {Roster} */ ({ members: [], nextCursor: null, loading: true });

/** @type {import('@preact/signals').Signal<Map<string, Roster>>} */
export const rosters = signal(new Map());
/** Group profiles by conversation id. */
export const profiles = signal(/** @type {Map<string, Record<string, any>>} */ (new Map()));
export const watchedMembers = computed(() => new Map([...rosters.value].map(([id, roster]) => [id, roster.members.map((row) => row.user.id)])));

/** @param {string} id */
export const rosterOf = (id) => rosters.value.get(id) ?? EMPTY;

/** Whether a conversation has more members than a page can show. @param {import('./types.js').Conversation | undefined} entry */
export const isLarge = (entry) => entry?.kind === 'world' || (entry?.member_count ?? 0) > PAGE;

/** @param {string} id */
const limitOf = (id) => (isLarge(conversationOf(id)) ? SMALL_PAGE : PAGE);

/** Load the first page of a conversation's members, with their receipts. @param {string} id */
export async function loadMembers(id) {
  const page = await api.members(id, { limit: limitOf(id) });
  take(id, page.results, page.next_cursor);
}

/** @param {string} id */
export async function loadMoreMembers(id) {
  const roster = rosterOf(id);
  if (!roster.nextCursor) return;
  const page = await api.members(id, { limit: limitOf(id), cursor: roster.nextCursor });
  const now = rosterOf(id);
  if (now.nextCursor === roster.nextCursor) take(id, [...now.members, ...page.results], page.next_cursor);
}

/**
 * Members whose names begin with some letters, asked of the server.
 * @param {string} id @param {string} name @param {{ cursor?: string | null, limit?: number }} [page] @param {AbortSignal} [signal]
 * @returns {Promise<{ results: Member[], next_cursor: string | null }>}
 */
export async function findMembers(id, name, page = {}, signal) {
  const found = await api.members(id, { limit: SMALL_PAGE, ...page, q: name }, signal);
  found.results.forEach((/** @type {Member} */ row) => rememberUser(row.user));
  return found;
}

/** Show a member as the server has answered, where the roster has them. @param {string} id @param {Member} member */
export function putMember(id, member) {
  const roster = rosterOf(id);
  if (!roster.members.some((row) => row.user.id === member.user.id)) return;
  const members = roster.members.map((row) => (row.user.id === member.user.id ? { ...row, ...member } : row));
  rosters.value = new Map(rosters.value).set(id, { ...roster, members });
}

/** @param {string} id @param {string[]} userIds */
export function dropFromRoster(id, userIds) {
  const roster = rosters.value.get(id);
  if (!roster?.members.some((row) => userIds.includes(row.user.id))) return;
  rosters.value = new Map(rosters.value).set(id, { ...roster, members: roster.members.filter((row) => !userIds.includes(row.user.id)) });
}

/** The pause in seconds that slow mode asks of the caller between two messages; 0 where it asks none. @param {import('./types.js').Conversation | undefined} entry */
export function slowModeOf(entry) {
  if (!entry || entry.role === 'owner' || entry.role === 'admin') return 0;
  return profiles.value.get(entry.id)?.slow_mode_s ?? entry.slow_mode_s ?? 0;
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

/** Load again, once for a burst of events, what the page holds of a conversation. @param {string} id @param {{ roster?: boolean }} [what] */
function refresh(id, { roster = true } = {}) {
  clearTimeout(timers.get(id));
  timers.set(id, setTimeout(() => {
    if (roster && rosters.value.has(id)) void loadMembers(id).catch(() => null);
    if (profiles.value.has(id)) void loadProfile(id).catch(() => null);
  }, 300));
}

/** A large group's roster is what the person has paged through: who leaves is taken out, and the rest stays where it is. @param {string} id @param {import('./types.js').LogEvent} event */
function refreshLarge(id, event) {
  if (event.event === 'group-updated') refresh(id, { roster: false });
  else if (event.event !== 'member-updated') dropFromRoster(id, event.event === 'member-joined' ? [] : event.user_ids ?? []);
  else if (event.user_ids?.includes(myId.value)) void loadConversation(id).catch(() => null);
}

whenApplied((id, event) => {
  if (!event.event.startsWith('member-') && event.event !== 'group-updated') return;
  if (isLarge(conversationOf(id))) refreshLarge(id, event);
  else refresh(id);
});
onFrame('conversation-updated', (frame) => {
  const { id } = frame.conversation;
  if (profiles.value.has(id)) refresh(id, { roster: !isLarge(conversationOf(id)) });
});
