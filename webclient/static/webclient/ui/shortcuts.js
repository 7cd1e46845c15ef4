// @ts-check
// The keyboard: what works anywhere on the page, and the sheet that tells it.
import { ordered } from '../store/conversations.js';
import { navigate, openConversation, openId, route } from '../store/router.js';
import { closeHit, hit, openSearch } from '../store/searchquery.js';
import { phase } from '../store/session.js';
import { t } from '../i18n/index.js';
import { Dialog } from './dialog.js';
import { html } from './html.js';
import { openOverlay } from './overlays.js';
import { focusSearch } from './search/box.js';

const MOD = /Mac|iPhone|iPad/.test(navigator.platform) ? '⌘' : 'Ctrl';

/** @type {Array<[string[], string]>} */
const SHEET = [
  [[MOD, 'K'], 'shortcuts.switch'],
  [[MOD, 'Shift', 'F'], 'shortcuts.search'],
  [['Alt', '↑ ↓'], 'shortcuts.walk'],
  [['Enter'], 'shortcuts.send'],
  [['Shift', 'Enter'], 'shortcuts.break'],
  [['↑'], 'shortcuts.edit'],
  [['@'], 'shortcuts.mention'],
  [['Esc'], 'shortcuts.close'],
  [['?'], 'shortcuts.sheet'],
];

export function listenForShortcuts() {
  addEventListener('keydown', (event) => {
    if (phase.value !== 'signed-in' || event.isComposing || event.defaultPrevented) return;
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      openOverlay('switcher');
    } else if ((event.metaKey || event.ctrlKey) && event.shiftKey && event.key.toLowerCase() === 'f') {
      event.preventDefault();
      if (route.value.section !== 'search') openSearch();
      focusSearch();
    } else if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      event.preventDefault();
      walk(event.key === 'ArrowUp' ? -1 : 1);
    } else if (event.key === '?' && !isWriting(event.target)) {
      event.preventDefault();
      openOverlay('shortcuts');
    } else if (event.key === 'Escape' && openId.value && !isWriting(event.target) && !document.querySelector('.dialog, .menu')) {
      if (hit.value) {
        closeHit();
        focusSearch();
      } else navigate('/');
    }
  });
}

/** @param {EventTarget | null} target */
function isWriting(target) {
  return target instanceof Element && !!target.closest('input, textarea, select, [contenteditable]');
}

/** @param {number} step */
function walk(step) {
  const rows = ordered.value.filter((entry) => !entry.archived);
  const index = rows.findIndex((entry) => entry.id === openId.value);
  const next = rows[Math.max(0, Math.min(rows.length - 1, index + step))];
  if (next) openConversation(next.id);
}

/** @param {{ onClose: () => void }} props */
export function ShortcutsDialog({ onClose }) {
  return html`
    <${Dialog} title=${t('shortcuts.title')} onClose=${onClose}>
      <dl class="shortcuts">
        ${SHEET.map(([keys, label]) => html`<div key=${label}><dt>${t(label)}</dt><dd>${keys.map((key) => html`<kbd key=${key}>${key}</kbd>`)}</dd></div>`)}
      </dl>
    <//>
  `;
}
