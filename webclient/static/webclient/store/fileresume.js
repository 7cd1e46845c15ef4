// @ts-check
// Large uploads that were begun and not finished: their ids rest in this browser, so that the same file, picked again, goes on where it was.

const KEY = 'gochat.uploads';
const MOST = 20;
const KEPT_MS = 24 * 3_600_000;

/** @typedef {{ print: string, id: string, at: number }} Begun `print` tells a file of a person from all others */

/** @param {string} userId @param {Blob} source @param {string} name */
export function printOf(userId, source, name) {
  const changed = source instanceof File ? source.lastModified : 0;
  return [userId, name, source.size, source.type, changed].join('|');
}

/** The id of the upload that was begun with this file, or null. @param {string} print */
export const findBegun = (print) => read().find((begun) => begun.print === print)?.id ?? null;

/** @param {string} print @param {string} id */
export const rememberBegun = (print, id) => write([{ print, id, at: Date.now() }, ...read().filter((begun) => begun.print !== print)].slice(0, MOST));

/** @param {string} id */
export const forgetBegun = (id) => write(read().filter((begun) => begun.id !== id));

/** Leave no names of files behind for the next person. */
export const forgetAllBegun = () => write([]);

/** @returns {Begun[]} */
function read() {
  try {
    const rows = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return rows.filter((/** @type {Begun} */ row) => Date.now() - row.at < KEPT_MS);
  } catch {
    return [];
  }
}

/** @param {Begun[]} rows */
function write(rows) {
  if (rows.length) localStorage.setItem(KEY, JSON.stringify(rows));
  else localStorage.removeItem(KEY);
}
