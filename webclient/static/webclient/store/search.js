// @ts-check
// The results of the search in the address: one request at a time for each tab, pages, and what recalls, edits and leaving take away.
import { computed, effect, signal, untracked } from '@preact/signals';

import { search as api } from '../api/endpoints.js';
import { ApiError } from '../api/http.js';
import { whenApplied } from './logs.js';
import { route } from './router.js';
import { hit, momentOf, query } from './searchquery.js';
import { phase } from './session.js';
import { rememberUser } from './users.js';

/** @typedef {import('./types.js').MessageHit} MessageHit */
/** @typedef {import('./searchquery.js').Tab} Tab */
/** @typedef {import('./searchquery.js').SearchQuery} SearchQuery */
/**
 * What one tab has found. `key` names the question; while another loads, the rows of the last stay. `total` is null where the server does not count.
 * @typedef {{ key: string, state: 'loading' | 'ready' | 'error', rows: any[], cursor: string | null, total: number | null, more: boolean, degraded: boolean, error: unknown, at: number }} Found
 */

const FRESH_MS = 30_000;
const PAGE = 30;

/** @type {import('@preact/signals').Signal<Map<Tab, Found>>} */
export const found = signal(new Map());
/** Which row the keyboard is at, counted from 0. */
export const active = signal(0);
/** What the open tab shows, or undefined before anything was asked. */
export const shown = computed(() => found.value.get(query.value.tab));

/** @type {Map<Tab, AbortController>} */
const asking = new Map();
/** The cursors whose pages are on their way. @type {Set<string>} */
const paging = new Set();

/** The parameters of a tab's call. @param {SearchQuery} asked @returns {Record<string, unknown>} */
function parametersOf({ q, tab, mode, in: place, by, kind, from, to }) {
  const words = { q: q.trim(), limit: PAGE };
  if (tab !== 'messages') return words;
  return {
    ...words,
    mode,
    conversation_id: place || undefined,
    sender_id: by || undefined,
    kind: kind || undefined,
    from: from ? momentOf(from, 'first') : undefined,
    to: to ? momentOf(to, 'last') : undefined,
  };
}

/** The question of a tab, for the words of the address. @param {Tab} tab */
export const keyOf = (tab) => JSON.stringify(parametersOf({ ...query.value, tab }));

/** Ask for what the address says, unless it is here already. @param {{ again?: boolean }} [options] `again` asks in any case */
export function runSearch({ again = false } = {}) {
  const { tab } = query.value;
  const parameters = parametersOf(query.value);
  const key = keyOf(tab);
  const known = found.value.get(tab);
  if (!parameters.q) return forget(tab);
  if (!again && known?.key === key && known.state !== 'error' && Date.now() - known.at < FRESH_MS) return;
  if (known?.key !== key) active.value = 0;
  void ask(tab, key, parameters);
}

/** @param {Tab} tab */
function forget(tab) {
  asking.get(tab)?.abort();
  if (!found.value.has(tab)) return;
  const next = new Map(found.value);
  next.delete(tab);
  found.value = next;
}

/** @param {Tab} tab @param {string} key @param {Record<string, unknown>} parameters */
async function ask(tab, key, parameters) {
  asking.get(tab)?.abort();
  const controller = new AbortController();
  asking.set(tab, controller);
  const before = found.value.get(tab);
  const empty = { rows: [], cursor: null, total: null, more: false, degraded: false };
  put(tab, { ...empty, ...before, key, state: 'loading', error: null, at: Date.now() });
  try {
    const page = await api[tab](parameters, controller.signal);
    put(tab, { key, state: 'ready', ...readPage(page), error: null, at: Date.now() });
    const open = page.results.findIndex((/** @type {any} */ row) => hit.value && row.message?.message_id === hit.value.m);
    if (open >= 0) active.value = open;
  } catch (error) {
    if (!controller.signal.aborted) put(tab, { ...empty, key, state: 'error', error, at: Date.now() });
  }
}

/** @param {any} page */
function readPage(page) {
  page.results.forEach((/** @type {any} */ row) => rememberUser(row.sender ?? row.user));
  // A search that is degraded does not know how much more there is, and says so in its banner.
  const more = !!page.more && !page.degraded;
  return { rows: page.results, cursor: page.next_cursor, total: page.total ?? null, more, degraded: !!page.degraded };
}

/** The next page of the open tab. */
export async function loadMoreFound() {
  const { tab } = query.value;
  const before = found.value.get(tab);
  if (!before?.cursor || before.state !== 'ready' || paging.has(before.cursor)) return;
  paging.add(before.cursor);
  const page = await api[tab]({ ...parametersOf(query.value), cursor: before.cursor }, asking.get(tab)?.signal)
    .catch((error) => {
      if (error instanceof ApiError && error.code === 'ABORTED') return null;
      throw error;
    })
    .finally(() => paging.delete(before.cursor ?? ''));
  const now = found.value.get(tab);
  if (!page || !now || now.key !== before.key || now.cursor !== before.cursor) return;
  const next = readPage(page);
  put(tab, { ...now, ...next, total: now.total, more: now.more, rows: [...now.rows, ...next.rows] });
}

/** @param {Tab} tab @param {Found} result */
function put(tab, result) {
  found.value = new Map(found.value).set(tab, result);
}

/** Keep of the messages and files found those that pass, as they are now. @param {(row: MessageHit, tab: Tab) => MessageHit | null} change */
function changeHits(change) {
  for (const tab of /** @type {const} */ (['messages', 'files'])) {
    const known = found.value.get(tab);
    const rows = known?.rows.map((row) => change(row, tab)).filter((row) => row !== null) ?? [];
    if (!known || (rows.length === known.rows.length && rows.every((row, index) => row === known.rows[index]))) continue;
    const gone = known.rows.length - rows.length;
    put(tab, { ...known, rows, total: known.total === null ? null : Math.max(0, known.total - gone) });
  }
}

/** What was found in conversations that the person is no longer in goes with them. @param {string[]} ids */
export function dropFound(ids) {
  changeHits((row) => (ids.includes(row.message.conversation_id) ? null : row));
  const known = found.value.get('groups');
  if (known) put('groups', { ...known, rows: known.rows.filter((row) => !ids.includes(row.id)) });
}

export function dropSearch() {
  asking.forEach((controller) => controller.abort());
  asking.clear();
  found.value = new Map();
  active.value = 0;
}

whenApplied((id, event) => {
  const gone = event.event === 'message-recalled' || event.event === 'message-hidden';
  if (!gone && event.event !== 'message-edited') return;
  const target = event.message?.message_id ?? event.message_id;
  changeHits((row, tab) => {
    if (row.message.message_id !== target || row.message.conversation_id !== id) return row;
    if (gone || !event.message) return null;
    return { ...row, message: { ...row.message, ...event.message }, highlights: tab === 'files' ? row.highlights : [] };
  });
});

/** Changes with the question, not with the hit that stands open. */
const question = computed(() => (route.value.section === 'search' && phase.value === 'signed-in' ? JSON.stringify(query.value) : ''));

/** Search whenever the address asks for something else, or the person comes back to it. */
export function followSearch() {
  effect(() => void (question.value && untracked(runSearch)));
}
