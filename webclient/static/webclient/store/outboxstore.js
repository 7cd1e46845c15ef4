// @ts-check
// Where the outbox rests: one entry of localStorage per page. A page holds a lock for as long as it lives; whoever finds
// an entry without its lock (a closed tab, a crash) takes it over, so no two living pages send the same commands.
import { newId } from './uuid.js';

/** @typedef {import('./types.js').Command} Command */

const TAB_KEY = 'gochat.tab';
let prefix = '';
let tab = '';

/** @returns {Command[]} */
export function readStore() {
  return parse(localStorage.getItem(prefix + tab));
}

/** @param {Command[]} commands */
export function writeStore(commands) {
  if (!prefix) return;
  if (commands.length) localStorage.setItem(prefix + tab, JSON.stringify(commands));
  else localStorage.removeItem(prefix + tab);
}

/** Make this page's entry and move into it what pages that are gone left. @param {string} userId */
export async function claimStores(userId) {
  prefix = `gochat.outbox.${userId}.`;
  tab = await ownTab();
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith(prefix) || key === prefix + tab) continue;
    if (!(await lockIsFree(key.slice(prefix.length)))) continue;
    const merged = [...readStore(), ...parse(localStorage.getItem(key))];
    localStorage.removeItem(key);
    writeStore(merged.sort((a, b) => a.at.localeCompare(b.at)));
  }
}

/** This page's name: that of before the reload, unless a copy of the tab already uses it. */
async function ownTab() {
  const known = tab || sessionStorage.getItem(TAB_KEY);
  if (tab) return tab;
  if (known && (await hold(known))) return known;
  const fresh = newId();
  await hold(fresh);
  sessionStorage.setItem(TAB_KEY, fresh);
  return fresh;
}

/** Take a name's lock until the page ends. @param {string} name @returns {Promise<boolean>} */
function hold(name) {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    void navigator.locks.request(`gochat.tab.${name}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock ? new Promise(() => {}) : undefined;
    });
  });
}

/** @param {string} name */
async function lockIsFree(name) {
  if (!navigator.locks) return true;
  const { held = [] } = await navigator.locks.query();
  return !held.some((lock) => lock.name === `gochat.tab.${name}`);
}

/** @param {string | null} text @returns {Command[]} */
function parse(text) {
  try {
    return JSON.parse(text ?? '[]');
  } catch {
    return [];
  }
}
