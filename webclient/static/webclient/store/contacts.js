// @ts-check
// Friends, requests and blocks of the caller.
import { batch, computed, signal } from '@preact/signals';

import { friends as api } from '../api/endpoints.js';
import { myId } from './session.js';
import { rememberUser, remarks } from './users.js';

/** @typedef {import('./types.js').User} User */
/** @typedef {{ id: string, user: User, incoming: boolean, message: string, created_at: string }} FriendRequest */

/** @type {import('@preact/signals').Signal<Array<{ user: User, remark: string }>>} */
export const friends = signal([]);
/** @type {import('@preact/signals').Signal<FriendRequest[]>} */
export const requests = signal([]);
export const blocked = signal(/** @type {User[]} */ ([]));
export const contactsLoaded = signal(false);

export const friendIds = computed(() => friends.value.map((entry) => entry.user.id));
export const incoming = computed(() => requests.value.filter((entry) => entry.incoming));

export async function loadContacts() {
  const [friendRows, requestRows, blockRows] = await Promise.all([api.list(), api.requests(), api.blocks()]);
  batch(() => {
    friends.value = friendRows.map(asFriend);
    requests.value = requestRows.map(asRequest);
    blocked.value = blockRows.map((row) => row.user ?? row);
    remarks.value = new Map(friends.value.filter((entry) => entry.remark).map((entry) => [entry.user.id, entry.remark]));
    contactsLoaded.value = true;
  });
  friends.value.forEach((entry) => rememberUser(entry.user));
  requests.value.forEach((entry) => rememberUser(entry.user));
}

export function dropContacts() {
  batch(() => {
    friends.value = [];
    requests.value = [];
    blocked.value = [];
    remarks.value = new Map();
    contactsLoaded.value = false;
  });
}

/** @param {any} row */
function asFriend(row) {
  return { user: row.user ?? row, remark: row.remark ?? '' };
}

/** @param {any} row @returns {FriendRequest} */
function asRequest(row) {
  const from = row.from_user ?? row.sender;
  const to = row.to_user ?? row.receiver;
  const isIncoming = row.incoming ?? (row.direction ? row.direction === 'incoming' : to?.id === myId.value);
  return { id: row.id, user: row.user ?? (isIncoming ? from : to), incoming: isIncoming, message: row.message ?? '', created_at: row.created_at };
}

/** Run a change of the contacts and load them anew. @param {() => Promise<unknown>} change */
export async function changeContacts(change) {
  await change();
  await loadContacts();
}
