// @ts-check
// Where files are: signed addresses that end after a minute, asked for when something is to be shown and renewed when they no longer serve.
import { signal } from '@preact/signals';

import { files as api } from '../api/endpoints.js';
import { ApiError } from '../api/http.js';

/** @typedef {import('./types.js').FileObject} FileObject */
/** @typedef {'original' | 'preview' | 'thumbnail'} Variant */
/** `round` rises with each renewal: the same words of an address, signed again within a second, are to be loaded again.
 * @typedef {{ url: string | null, state: 'idle' | 'loading' | 'ready' | 'missing', round: number }} Address */
/** @typedef {{ address: import('@preact/signals').Signal<Address>, endsAt: number, kept: boolean, tries: number }} Cell */

const EARLY_MS = 5_000;
const MOST_LOCAL = 60;
/** How long to wait for a picture that is still being made, from one try to the next. */
const WAITS_MS = [700, 1_000, 1_500, 2_500, 4_000, 8_000, 15_000, 30_000];
const PICTURES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** @type {Map<string, Cell>} */
const cells = new Map();
/** What this page has uploaded itself, by file id: shown from memory at once. @type {Map<string, { url: string, bytes: Blob }>} */
const local = new Map();

/** Whether the server makes pictures of this type, which a message of kind `image` may carry. @param {string} type */
export const isPicture = (type) => PICTURES.has(type);

/** @param {string} fileId @param {Variant} variant */
function cellOf(fileId, variant) {
  const key = `${fileId} ${variant}`;
  let cell = cells.get(key);
  if (!cell) cells.set(key, (cell = { address: signal(/** @type {Address} */ ({ url: null, state: 'idle', round: 0 })), endsAt: 0, kept: false, tries: 0 }));
  return cell;
}

/** Where a file can be read, as far as it is known. Reading it inside a component subscribes to it. @param {string} fileId @param {Variant} variant */
export const addressOf = (fileId, variant) => cellOf(fileId, variant).address.value;

/** See to it that there is an address: at once, or when a picture has been made. @param {string} fileId @param {Variant} variant */
export function wantAddress(fileId, variant) {
  const cell = cellOf(fileId, variant);
  const { state } = cell.address.peek();
  // What was loaded once is in the browser's cache under that address, for longer than the address is good.
  if (state === 'loading' || (state === 'ready' && (cell.kept || cell.endsAt - EARLY_MS > Date.now()))) return;
  cell.tries = 0;
  void load(fileId, variant, cell);
}

/** The address has served: what it gave is kept by the browser. @param {string} fileId @param {Variant} variant */
export const noteLoaded = (fileId, variant) => void (cellOf(fileId, variant).kept = true);

/** The address did not serve: ask for another, a few times at most. @param {string} fileId @param {Variant} variant */
export function renewAddress(fileId, variant) {
  const cell = cellOf(fileId, variant);
  if (cell.address.peek().state !== 'ready') return;
  cell.kept = false;
  void load(fileId, variant, cell, true);
}

/** A fresh address for one use. @param {string} fileId @param {Variant} variant @returns {Promise<string>} */
export async function freshAddress(fileId, variant) {
  return (await api.address(fileId, variant)).url;
}

/** @param {string} fileId @param {Variant} variant @param {Cell} cell @param {boolean} [again] */
async function load(fileId, variant, cell, again = false) {
  const { url: before, round } = cell.address.peek();
  cell.address.value = { url: before, state: 'loading', round };
  if (again && !(await pause(cell))) return;
  for (;;) {
    try {
      const { url, expires_at: endsAt } = await api.address(fileId, variant);
      cell.endsAt = Date.parse(endsAt);
      cell.address.value = { url, state: 'ready', round: again ? round + 1 : round };
      return;
    } catch (error) {
      const final = error instanceof ApiError && (variant === 'original' ? [403, 404] : [403]).includes(error.status);
      if (final) cell.tries = WAITS_MS.length;
      if (!(await pause(cell))) return;
    }
  }
}

/** Wait for the next try; false when there is none left. @param {Cell} cell */
async function pause(cell) {
  const wait = WAITS_MS[cell.tries];
  cell.tries += 1;
  if (wait === undefined) {
    cell.address.value = { url: null, state: 'missing', round: cell.address.peek().round };
    return false;
  }
  await new Promise((resolve) => setTimeout(resolve, wait));
  return true;
}

/** @param {string} fileId @param {string} url of the bytes in this page's memory @param {Blob} bytes */
export function rememberLocal(fileId, url, bytes) {
  local.set(fileId, { url, bytes });
  if (local.size <= MOST_LOCAL) return;
  const [[oldest, known]] = local;
  local.delete(oldest);
  URL.revokeObjectURL(known.url);
}

/** @param {string} fileId */
export const localUrl = (fileId) => local.get(fileId)?.url ?? null;

/** @param {string} fileId */
export const localBytes = (fileId) => local.get(fileId)?.bytes ?? null;

/** Nothing of one person's files stays for the next. */
export function forgetFiles() {
  local.forEach(({ url }) => URL.revokeObjectURL(url));
  local.clear();
  cells.clear();
}
