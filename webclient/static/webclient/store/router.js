// @ts-check
// The address bar as a signal. What is searched for stands behind `#`, where no server and no log sees it.
import { computed, signal } from '@preact/signals';

import { narrow } from './prefs.js';

/**
 * `id` is the conversation that stands open, `scope` the one that is searched, `hash` what follows `#`.
 * @typedef {{ section: 'chats' | 'contacts' | 'search' | 'agents' | 'catch-up' | 'settings' | 'ai-settings' | 'join' | 'reset-password', id: string | null, scope: string | null, hash: string }} Route
 */

/** @param {string} address path and hash @returns {Route} */
function parse(address) {
  const [path, hash = ''] = address.split('#', 2);
  const [first, second] = path.split('/').filter(Boolean).map(decodeURIComponent);
  const route = { id: null, scope: null, hash };
  if (first === 'c' && second) return { ...route, section: 'chats', id: second };
  if (first === 'join' && second) return { ...route, section: 'join', id: second };
  if (first === 'contacts') return { ...route, section: 'contacts' };
  if (first === 'search') {
    const asked = new URLSearchParams(hash);
    return { ...route, section: 'search', id: asked.get('c'), scope: asked.get('in') };
  }
  if (first === 'settings') return { ...route, section: second === 'ai' ? 'ai-settings' : 'settings' };
  if (first === 'agents') return { ...route, section: 'agents' };
  if (first === 'catch-up') return { ...route, section: 'catch-up' };
  if (first === 'reset-password') return { ...route, section: 'reset-password' };
  return { ...route, section: 'chats' };
}

const present = () => location.pathname + location.hash;

export const route = signal(parse(present()));
/** The conversation on the page: opened, found, or (where two panes fit) searched. */
export const openId = computed(() => {
  const { section, id, scope } = route.value;
  if (section === 'chats') return id;
  if (section === 'search') return id ?? (narrow.value ? null : scope);
  return null;
});

/** @param {string} address path and hash @param {{ replace?: boolean, state?: unknown }} [options] `state` is kept with the entry of the history */
export function navigate(address, { replace = false, state = null } = {}) {
  if (address !== present()) history[replace ? 'replaceState' : 'pushState'](state, '', address);
  route.value = parse(address);
}

/** @param {string} id */
export const openConversation = (id) => navigate(`/c/${encodeURIComponent(id)}`);

addEventListener('popstate', () => (route.value = parse(present())));
