// @ts-check
// Choosing a chat or a person for a filter: type a few letters, take one of the list.
import { useEffect, useState } from 'preact/hooks';

import { ordered, titleOf } from '../../store/conversations.js';
import { me, myId } from '../../store/session.js';
import { nameOf, rememberUser } from '../../store/users.js';
import { t } from '../../i18n/index.js';
import { ConversationAvatar, UserAvatar } from '../avatar.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { usePeople } from '../peoplepicker.js';

const MOST = 8;

/** @typedef {{ id: string, label: string, face: any }} Choice */

/** @param {{ onPick: (id: string) => void }} props */
export function ChatChoice({ onPick }) {
  const [text, setText] = useState('');
  const needle = text.trim().toLowerCase();
  const entries = ordered.value.filter((entry) => titleOf(entry).toLowerCase().includes(needle)).slice(0, MOST);
  const choices = entries.map((entry) => ({ id: entry.id, label: titleOf(entry), face: html`<${ConversationAvatar} entry=${entry} size=${32} />` }));
  return html`<${Choices} label=${t('search.chatName')} text=${text} onText=${setText} choices=${choices} onPick=${onPick} />`;
}

/** @param {{ onPick: (id: string) => void }} props oneself first, then friends and the people one writes with, then whoever has the name */
export function PersonChoice({ onPick }) {
  const [text, setText] = useState('');
  const { people } = usePeople(text);
  const needle = text.trim().toLowerCase();
  useEffect(() => people.forEach(rememberUser));
  const peers = ordered.value.flatMap((entry) => (entry.kind === 'direct' && entry.peer ? [entry.peer.id] : []));
  const near = [...people.map((user) => user.id), ...peers.filter((id) => nameOf(id).toLowerCase().includes(needle))];
  const mine = !needle || t('search.me').toLowerCase().includes(needle) || (me.value?.display_name ?? '').toLowerCase().includes(needle);
  const ids = [...new Set([...(mine ? [myId.value] : []), ...near])].slice(0, MOST);
  const choices = ids.map((id) => ({ id, label: id === myId.value ? t('search.me') : nameOf(id), face: html`<${UserAvatar} id=${id} size=${32} />` }));
  return html`<${Choices} label=${t('people.search')} text=${text} onText=${setText} choices=${choices} onPick=${onPick} />`;
}

/** @param {{ label: string, text: string, onText: (text: string) => void, choices: Choice[], onPick: (id: string) => void }} props */
function Choices({ label, text, onText, choices, onPick }) {
  /** Down from the field into the list, Enter takes its first. @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'ArrowDown') /** @type {HTMLElement | null | undefined} */ ((/** @type {HTMLElement} */ (event.currentTarget)).closest('.menu')?.querySelector('.menu-item'))?.focus();
    else if (event.key === 'Enter' && choices.length) onPick(choices[0].id);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return html`
    <div class="choices">
      <label class="search-field"><${Icon} name="search" size=${18} /><input type="search" autofocus value=${text} placeholder=${label} aria-label=${label} onKeyDown=${onKeyDown}
        onInput=${(/** @type {any} */ event) => onText(event.currentTarget.value)} /></label>
      ${choices.map(({ id, label: name, face }) => html`<button key=${id} class="menu-item" role="menuitem" onClick=${() => onPick(id)}>${face}<span class="clamp">${name}</span></button>`)}
      ${!choices.length && html`<p class="picker-none">${t('search.noChoice')}</p>`}
    </div>
  `;
}
