// @ts-check
// Completion while writing: people after @, emoji after a colon. Arrows choose, Enter or Tab takes, Escape leaves.
import { useState } from 'preact/hooks';

import { isAgent } from '../store/agents.js';
import { isPrivate } from '../store/conversations.js';
import { isLarge, rosterOf } from '../store/members.js';
import { myId } from '../store/session.js';
import { nameOf, userOf } from '../store/users.js';
import { language } from '../store/prefs.js';
import { t } from '../i18n/index.js';
import { UserAvatar } from './avatar.js';
import { NAMED } from './emoji.js';
import { useFoundMembers } from './foundmembers.js';
import { html } from './html.js';
import { noteMention, sendersOf } from './mentions.js';

/** @typedef {{ key: string, text: string, label: string, sub?: string, userId?: string, emoji?: string }} Option */

const MOST = 6;

/**
 * @param {import('../store/types.js').Conversation} entry
 * @param {import('preact').RefObject<HTMLTextAreaElement | null>} field
 * @param {string} text
 * @param {(text: string, caret: number) => void} write
 */
export function useCompletion(entry, field, text, write) {
  const [caret, setCaret] = useState(-1);
  const [chosen, setChosen] = useState(0);
  const before = caret < 0 ? '' : text.slice(0, caret);
  const match = /(?:^|[\s，。、（(])([@:])([^\s@:]{0,24})$/u.exec(before);
  const typed = match ? match[2].toLowerCase() : '';
  const found = useFoundMembers(entry.id, isLarge(entry) && match?.[1] === '@' ? typed : '');
  const options = match ? optionsFor(entry, match[1], typed, found.members.map((row) => row.user.id)) : [];

  /** @param {Option} option */
  const take = (option) => {
    const start = caret - (match?.[2].length ?? 0) - 1;
    const next = `${text.slice(0, start)}${option.text} ${text.slice(caret)}`;
    setCaret(-1);
    if (option.userId) noteMention(entry.id, option.userId);
    write(next, start + option.text.length + 1);
  };
  const close = () => setCaret(-1);
  /** Look where the caret is now: after input, a click, or a key that moves it. */
  const follow = () => {
    const position = field.current?.selectionStart ?? -1;
    if (position === caret) return;
    setCaret(position);
    setChosen(0);
  };
  /** @param {KeyboardEvent} event @returns {boolean} whether the key was for the completion */
  const onKeyDown = (event) => {
    if (!options.length) return false;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step) setChosen((chosen + step + options.length) % options.length);
    else if (event.key === 'Enter' || event.key === 'Tab') take(options[Math.min(chosen, options.length - 1)]);
    else if (event.key === 'Escape') {
      event.stopPropagation();
      close();
    } else return false;
    event.preventDefault();
    return true;
  };
  const aria = options.length
    ? { role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'completion', 'aria-activedescendant': `completion-${chosen}` }
    : {};
  return { options, chosen, take, close, follow, onKeyDown, aria };
}

/** @param {import('../store/types.js').Conversation} entry @param {string} mark @param {string} typed @param {string[]} found members of a large group whom the server has found @returns {Option[]} */
function optionsFor(entry, mark, typed, found) {
  if (mark === ':') {
    if (typed.length < 2) return [];
    return NAMED.filter(([name]) => name.startsWith(typed)).slice(0, MOST).map(([name, emoji]) => ({ key: name, text: emoji, label: `:${name}:`, emoji }));
  }
  if (isPrivate(entry)) return [];
  const ids = isLarge(entry) ? [...new Set([...sendersOf(entry.id), ...found])] : rosterOf(entry.id).members.map((row) => row.user.id);
  const people = ids
    .filter((userId) => userId !== myId.value)
    .map((userId) => ({ key: userId, userId, text: `@${nameOf(userId)}`, label: nameOf(userId), sub: userOf(userId)?.username ?? '' }))
    .filter((option) => option.label.toLowerCase().includes(typed) || option.sub.toLowerCase().startsWith(typed));
  const word = language.value === 'zh-CN' ? '所有人' : 'all';
  const everyone = entry.role && entry.role !== 'member' && word.startsWith(typed) ? [{ key: 'all', text: `@${word}`, label: word, sub: t('composer.everyone') }] : [];
  return [...everyone, ...people].slice(0, MOST);
}

/** @param {{ state: ReturnType<typeof useCompletion> }} props */
export function Completion({ state }) {
  if (!state.options.length) return null;
  return html`
    <div class="completion" role="listbox" id="completion" aria-label=${t('composer.suggestions')}>
      ${state.options.map((option, index) => html`
        <div key=${option.key} id=${`completion-${index}`} class="completion-option" role="option" aria-selected=${index === state.chosen}
          onMouseDown=${(/** @type {Event} */ event) => { event.preventDefault(); state.take(option); }}>
          ${option.userId ? html`<${UserAvatar} id=${option.userId} size=${32} />` : html`<span class="completion-mark emoji">${option.emoji ?? '@'}</span>`}
          <span class="completion-label">${option.label}</span>${isAgent(option.userId) && html`<span class="tag tag-accent">${t('person.agent')}</span>`}${option.sub && html`<span class="completion-sub">${option.sub}</span>`}
        </div>`)}
    </div>
  `;
}
