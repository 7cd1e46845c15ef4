// @ts-check
// Ctrl/⌘K: type a few letters of a conversation or a person, Enter goes there.
import { useState } from 'preact/hooks';

import { openDirect, ordered, titleOf } from '../store/conversations.js';
import { openConversation } from '../store/router.js';
import { openSearch } from '../store/searchquery.js';
import { attempt } from '../store/toasts.js';
import { nameOf } from '../store/users.js';
import { t } from '../i18n/index.js';
import { ConversationAvatar, UserAvatar } from './avatar.js';
import { Dialog } from './dialog.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { usePeople } from './peoplepicker.js';

const MOST = 8;

/** @param {{ onClose: () => void }} props */
export function Switcher({ onClose }) {
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState(0);
  const needle = query.trim().toLowerCase();
  const places = ordered.value.filter((entry) => titleOf(entry).toLowerCase().includes(needle)).slice(0, MOST);
  const peers = new Set(places.map((entry) => entry.peer?.id));
  const found = usePeople(query);
  const people = needle ? found.people.filter((user) => !peers.has(user.id)).slice(0, MOST - places.length) : [];
  /** @type {Array<{ key: string, label: string, face: any, go: () => Promise<string | null> }>} */
  const options = [
    ...places.map((entry) => ({ key: entry.id, label: titleOf(entry), face: html`<${ConversationAvatar} entry=${entry} size=${32} />`, go: async () => entry.id })),
    ...people.map((user) => ({ key: `u${user.id}`, label: nameOf(user.id), face: html`<${UserAvatar} id=${user.id} size=${32} />`, go: async () => (await openDirect(user.id)).id })),
  ];
  const words = query.trim();
  if (words) options.push({ key: 'search', label: t('switcher.search', { words }), face: html`<span class="completion-mark"><${Icon} name="search" /></span>`, go: async () => null });
  const index = Math.min(chosen, options.length - 1);
  /** @param {typeof options[number] | undefined} option */
  const go = async (option) => {
    if (option?.key === 'search') {
      onClose();
      return openSearch({ q: words });
    }
    const id = option && (await attempt(option.go));
    if (!id) return undefined;
    onClose();
    return openConversation(id);
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step) setChosen((index + step + options.length) % Math.max(1, options.length));
    else if (event.key === 'Enter') void go(options[index]);
    else return;
    event.preventDefault();
  };
  return html`
    <${Dialog} title=${t('switcher.title')} class="switcher" small onClose=${onClose}>
      <label class="search-field"><${Icon} name="search" /><input type="search" autofocus value=${query} placeholder=${t('switcher.placeholder')} role="combobox" aria-expanded="true"
        aria-controls="switcher-options" aria-activedescendant=${`switcher-${index}`} onKeyDown=${onKeyDown}
        onInput=${(/** @type {any} */ event) => { setQuery(event.currentTarget.value); setChosen(0); }} /></label>
      <div class="switcher-options" id="switcher-options" role="listbox" aria-label=${t('switcher.title')}>
        ${options.map((option, at) => html`
          <div key=${option.key} id=${`switcher-${at}`} role="option" aria-selected=${at === index} class="completion-option" onClick=${() => go(option)}>${option.face}<span class="completion-label">${option.label}</span></div>`)}
        ${!options.length && html`<p class="picker-none">${t('people.none')}</p>`}
      </div>
    <//>
  `;
}
