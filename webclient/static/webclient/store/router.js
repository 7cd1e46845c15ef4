// @ts-check
// The address bar as a signal. Sections are a table, so that a new one (search, agents) is one line.
import { computed, signal } from '@preact/signals';

/** @typedef {{ section: 'chats' | 'contacts' | 'settings' | 'join' | 'reset-password', id: string | null }} Route */

/** @param {string} path @returns {Route} */
function parse(path) {
  const [first, second] = path.split('/').filter(Boolean).map(decodeURIComponent);
  if (first === 'c' && second) return { section: 'chats', id: second };
  if (first === 'join' && second) return { section: 'join', id: second };
  if (first === 'contacts') return { section: 'contacts', id: null };
  if (first === 'settings') return { section: 'settings', id: null };
  if (first === 'reset-password') return { section: 'reset-password', id: null };
  return { section: 'chats', id: null };
}

export const route = signal(parse(location.pathname));
export const openId = computed(() => (route.value.section === 'chats' ? route.value.id : null));

/** @param {string} path @param {{ replace?: boolean }} [options] */
export function navigate(path, { replace = false } = {}) {
  if (path !== location.pathname) history[replace ? 'replaceState' : 'pushState'](null, '', path);
  route.value = parse(path);
}

/** @param {string} id */
export const openConversation = (id) => navigate(`/c/${encodeURIComponent(id)}`);

addEventListener('popstate', () => (route.value = parse(location.pathname)));
