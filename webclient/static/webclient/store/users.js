// @ts-check
// People whom the client has met: one cell per user. Those whose names are needed and unknown are fetched together.
import { batch, signal } from '@preact/signals';

import { users as api } from '../api/endpoints.js';
import { ApiError } from '../api/http.js';

/** @typedef {import('./types.js').User} User */

const AGAIN_MS = 10_000;
const GATHER_MS = 20;
const MOST_AT_ONCE = 200;

/** @type {Map<string, import('@preact/signals').Signal<User | null>>} */
const cells = new Map();
/** Remarks that the person gave to friends, by user id. */
export const remarks = signal(/** @type {Map<string, string>} */ (new Map()));
/** @type {Set<string>} */
const asked = new Set();
/** @type {string[]} ids that the next request asks for */
const wanted = [];

/** @param {string} id */
function cellOf(id) {
  let cell = cells.get(id);
  if (!cell) cells.set(id, (cell = signal(null)));
  return cell;
}

/** @param {User | null | undefined} user */
export function rememberUser(user) {
  if (user?.id) cellOf(user.id).value = user;
}

/**
 * The user, or null while it is being fetched. Reading it inside a component subscribes to it.
 * @param {string | null | undefined} id
 */
export function userOf(id) {
  if (!id) return null;
  const cell = cellOf(id);
  if (!cell.value && !asked.has(id)) fetchUser(id);
  return cell.value;
}

/** What is known of a user already; nobody is asked. @param {string} id */
export const knownUser = (id) => cells.get(id)?.peek() ?? null;

/** Fetch a user once, in one request with all who are needed at this moment. @param {string} id */
function fetchUser(id) {
  asked.add(id);
  if (!wanted.length) setTimeout(fetchWanted, GATHER_MS);
  wanted.push(id);
}

/** A server that is busy or away is asked again later. */
function fetchWanted() {
  const ids = wanted.splice(0, MOST_AT_ONCE);
  if (wanted.length) setTimeout(fetchWanted, GATHER_MS);
  api.some(ids).then(
    (page) => batch(() => page.results.forEach(rememberUser)),
    (error) => {
      if (!(error instanceof ApiError) || [400, 401, 403, 404].includes(error.status)) return;
      setTimeout(() => ids.forEach(fetchUser), AGAIN_MS * (1 + Math.random()));
    },
  );
}

/** @param {string | null | undefined} id */
export function nameOf(id) {
  if (!id) return '';
  return remarks.value.get(id) || plainName(userOf(id));
}

/** @param {User | null | undefined} user */
export function plainName(user) {
  return user ? user.display_name || user.username : '…';
}

/** The hue of a person or group: a stable hash of the id modulo 8. @param {string} id */
export function hueOf(id) {
  let hash = 2166136261;
  for (let index = 0; index < id.length; index += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 16777619);
  }
  return (hash >>> 0) % 8;
}
