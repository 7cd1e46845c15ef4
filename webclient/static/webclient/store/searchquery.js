// @ts-check
// What is searched for, as the address has it: words, filters, and the hit that stands open. Back and reload keep all of it.
import { computed } from '@preact/signals';

import { navigate, route } from './router.js';

/** @typedef {'messages' | 'files' | 'groups' | 'users'} Tab */
/** @typedef {'hybrid' | 'keyword' | 'semantic'} Mode */
/** Days are local, YYYY-MM-DD, both included; an empty field filters nothing.
 * @typedef {{ q: string, tab: Tab, mode: Mode, in: string, by: string, kind: string, from: string, to: string }} SearchQuery */
/** The message that stands open. @typedef {{ c: string, m: string, s: number }} Hit */

export const TABS = /** @type {Tab[]} */ (['messages', 'files', 'groups', 'users']);
export const MODES = /** @type {Mode[]} */ (['hybrid', 'keyword', 'semantic']);
export const KINDS = ['text', 'image', 'file', 'voice'];
export const MOST_CHARACTERS = 200;

/** @type {SearchQuery} */
const NOTHING = { q: '', tab: 'messages', mode: 'hybrid', in: '', by: '', kind: '', from: '', to: '' };
const FILTERS = /** @type {const} */ (['in', 'by', 'kind', 'from', 'to']);

/** @param {string} hash @returns {SearchQuery} */
function parse(hash) {
  const asked = new URLSearchParams(hash);
  const query = { ...NOTHING };
  for (const name of /** @type {Array<keyof SearchQuery>} */ (Object.keys(NOTHING))) {
    const value = asked.get(name);
    if (value && isKnown(name, value)) /** @type {any} */ (query)[name] = value;
  }
  return query;
}

/** An address is text that anyone can write. @param {keyof SearchQuery} name @param {string} value */
function isKnown(name, value) {
  if (name === 'tab') return TABS.includes(/** @type {Tab} */ (value));
  if (name === 'mode') return MODES.includes(/** @type {Mode} */ (value));
  if (name === 'kind') return KINDS.includes(value);
  if (name === 'from' || name === 'to') return /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value));
  if (name === 'in' || name === 'by') return /^\d{1,24}$/.test(value);
  return true;
}

export const query = computed(() => parse(route.value.section === 'search' ? route.value.hash : ''));
export const hit = computed(() => {
  const { section, id, hash } = route.value;
  const asked = new URLSearchParams(hash);
  const m = asked.get('m');
  return section === 'search' && id && m ? /** @type {Hit} */ ({ c: id, m, s: Number(asked.get('s')) || 0 }) : null;
});
export const filtered = computed(() => FILTERS.some((name) => query.value[name]));

/** @param {SearchQuery} asked @param {Hit | null} [open] */
function addressOf(asked, open = null) {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(asked)) {
    if (value && value !== /** @type {any} */ (NOTHING)[name]) parts.set(name, value);
  }
  if (open) for (const [name, value] of Object.entries(open)) parts.set(name, String(value));
  const hash = parts.toString();
  return hash ? `/search#${hash}` : '/search';
}

/** Go to the search. @param {Partial<SearchQuery>} [asked] */
export const openSearch = (asked = {}) => navigate(addressOf({ ...NOTHING, ...asked }));

/** Search for something else in the same place of the history. @param {Partial<SearchQuery>} fields */
export function changeQuery(fields) {
  const asked = { ...query.value, ...fields };
  const address = addressOf(asked);
  if (address !== addressOf(query.value)) navigate(address, { replace: true });
}

export const clearFilters = () => changeQuery(Object.fromEntries(FILTERS.map((name) => [name, ''])));

/** Show a message beside its results. Back leads to the results, however many hits were looked at. @param {Hit} found */
export function openHit(found) {
  navigate(addressOf(query.value, found), { replace: !!hit.value, state: hit.value ? history.state : { hit: true } });
}

/** Back to the results. */
export function closeHit() {
  if (history.state?.hit) history.back();
  else navigate(addressOf(query.value), { replace: true });
}

/** A conversation is gone: neither show nor search it any more. @param {string} id */
export function leaveSearched(id) {
  if (hit.value?.c === id) closeHit();
  if (query.value.in === id) changeQuery({ in: '' });
}

/** A local day's first millisecond, as the wire has it, or its last. @param {string} day YYYY-MM-DD @param {'first' | 'last'} which */
export function momentOf(day, which) {
  const [year, month, date] = day.split('-').map(Number);
  return (which === 'first' ? new Date(year, month - 1, date) : new Date(new Date(year, month - 1, date + 1).getTime() - 1)).toISOString();
}

/** The local day some days ago, YYYY-MM-DD. @param {number} days */
export function dayAgo(days) {
  const at = new Date();
  at.setDate(at.getDate() - days);
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
}
