// @ts-check
// Choices that belong to this browser: theme, language, width of the list.
import { effect, signal } from '@preact/signals';

const SYSTEM = /^zh/i.test(navigator.language) ? 'zh-CN' : 'en';

/** @typedef {'zh-CN' | 'en'} Language */

export const theme = signal(/** @type {'system' | 'light' | 'dark'} */ (localStorage.getItem('gochat.theme') ?? 'system'));
export const language = signal(/** @type {Language} */ (localStorage.getItem('gochat.language') ?? SYSTEM));
export const listWidth = signal(Number(localStorage.getItem('gochat.list-width')) || 320);
/** Whether the phone layout (one pane) applies. */
export const narrow = signal(false);
/** Whether the details pane docks beside the conversation. */
export const wide = signal(false);

effect(() => {
  const root = document.documentElement;
  if (theme.value === 'system') {
    delete root.dataset.theme;
    localStorage.removeItem('gochat.theme');
  } else {
    root.dataset.theme = theme.value;
    localStorage.setItem('gochat.theme', theme.value);
  }
});

effect(() => {
  document.documentElement.lang = language.value;
});

/** @param {Language} value */
export function chooseLanguage(value) {
  language.value = value;
  localStorage.setItem('gochat.language', value);
}

/** @param {number} width px */
export function resizeList(width) {
  listWidth.value = Math.max(280, Math.min(420, Math.round(width)));
  localStorage.setItem('gochat.list-width', String(listWidth.value));
}

/** @param {string} query @param {import('@preact/signals').Signal<boolean>} target */
function follow(query, target) {
  const media = matchMedia(query);
  target.value = media.matches;
  media.addEventListener('change', () => (target.value = media.matches));
}

follow('(max-width: 719px)', narrow);
follow('(min-width: 1200px)', wide);
addEventListener('storage', (event) => {
  if (event.key === 'gochat.theme') theme.value = /** @type {any} */ (event.newValue ?? 'system');
  if (event.key === 'gochat.language' && event.newValue) language.value = /** @type {any} */ (event.newValue);
});
