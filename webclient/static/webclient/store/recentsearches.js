// @ts-check
// What the person searched for lately: kept in this browser alone, by account, and gone when they clear it or sign out.
import { signal } from '@preact/signals';

const KEY = 'gochat.searches';
const MOST = 8;

export const recentSearches = signal(/** @type {string[]} */ ([]));
let owner = '';

/** @param {string} userId */
export function loadRecentSearches(userId) {
  owner = userId;
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    recentSearches.value = kept?.owner === userId && Array.isArray(kept.words) ? kept.words.map(String) : [];
  } catch {
    recentSearches.value = [];
  }
}

/** @param {string} words */
export function rememberSearch(words) {
  const clean = words.trim();
  if (!clean || !owner) return;
  save([clean, ...recentSearches.value.filter((other) => other !== clean)].slice(0, MOST));
}

/** @param {string} words */
export const forgetSearch = (words) => save(recentSearches.value.filter((other) => other !== words));

export function clearRecentSearches() {
  recentSearches.value = [];
  localStorage.removeItem(KEY);
}

/** @param {string[]} words */
function save(words) {
  recentSearches.value = words;
  if (words.length) localStorage.setItem(KEY, JSON.stringify({ owner, words }));
  else localStorage.removeItem(KEY);
}
