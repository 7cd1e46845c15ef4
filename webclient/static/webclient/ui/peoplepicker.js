// @ts-check
// Choosing people: friends first, everyone by search; several as chips, or one by a click.
import { useEffect, useState } from 'preact/hooks';

import { users as api } from '../api/endpoints.js';
import { agents, loadAgents, userOfAgent } from '../store/agents.js';
import { friends } from '../store/contacts.js';
import { myId } from '../store/session.js';
import { nameOf, plainName, rememberUser } from '../store/users.js';
import { t } from '../i18n/index.js';
import { UserAvatar } from './avatar.js';
import { moveFocus } from './focus.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { More } from './more.js';

/** @typedef {import('../store/types.js').User} User */

const PAUSE_MS = 200;

/** @typedef {{ results: User[], next_cursor: string | null }} Page */

/**
 * People whose names begin with the typed text, after a short pause; friends while nothing is typed.
 * @param {string} query @returns {{ people: User[], cursor: string | null, more: () => Promise<void> }}
 */
export function usePeople(query) {
  const [found, setFound] = useState(/** @type {Page | null} */ (null));
  const typed = query.trim();
  useEffect(() => {
    if (!typed) return setFound(null);
    let current = true;
    const timer = setTimeout(() => {
      api.find(typed).then((page) => current && setFound(page), () => current && setFound({ results: [], next_cursor: null }));
    }, PAUSE_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [typed]);
  if (!typed) return { people: friends.value.map((entry) => entry.user), cursor: null, more: async () => {} };
  const more = async () => {
    const page = await api.find(typed, found?.next_cursor);
    setFound((before) => before && before === found ? { ...page, results: [...before.results, ...page.results] } : before);
  };
  const needle = typed.toLowerCase();
  const near = friends.value.map((entry) => entry.user).filter((user) => nameOf(user.id).toLowerCase().includes(needle));
  const seen = new Set(near.map((user) => user.id));
  const others = (found?.results ?? []).filter((user) => !seen.has(user.id) && user.id !== myId.value);
  return { people: [...near, ...others], cursor: found?.next_cursor ?? null, more };
}

/**
 * @param {{ onPick: (user: User) => void, chosen?: Map<string, User>, exclude?: Set<string>, label: string, action?: (user: User) => any, searchOnly?: boolean, withAgents?: boolean }} props `withAgents` offers AI agents too; `searchOnly` leaves friends out until something is typed
 */
export function PeoplePicker({ onPick, chosen, exclude, label, action, searchOnly = false, withAgents = false }) {
  const [query, setQuery] = useState('');
  const found = usePeople(query);
  const people = searchOnly && !query.trim() ? [] : found.people.filter((user) => !exclude?.has(user.id) && !(withAgents && user.kind === 'agent'));
  const helpers = useAgents(withAgents, query).filter((user) => !exclude?.has(user.id));
  const pick = (/** @type {User} */ user) => {
    rememberUser(user);
    onPick(user);
  };
  return html`
    <div class="picker">
      <label class="search-field"><${Icon} name="search" /><input type="search" autofocus value=${query} placeholder=${t('people.search')} aria-label=${label}
        onInput=${(/** @type {any} */ event) => setQuery(event.currentTarget.value)} /></label>
      ${chosen && chosen.size > 0 && html`
        <div class="picked">${[...chosen.values()].map((user) => html`
          <button key=${user.id} type="button" class="picked-chip" aria-label=${t('people.remove', { name: plainName(user) })} onClick=${() => onPick(user)}>
            <${UserAvatar} id=${user.id} size=${20} />${plainName(user)}<${Icon} name="close" size=${14} /></button>`)}</div>`}
      <div class="picker-rows" onKeyDown=${(/** @type {KeyboardEvent} */ event) => moveFocus(event, '.person-row', 'vertical')}>
        ${!query.trim() && people.length > 0 && html`<div class="section-label">${t('contacts.friends')}</div>`}
        ${people.map((user) => html`<${PersonRow} key=${user.id} user=${user} onPick=${pick} checked=${chosen ? chosen.has(user.id) : undefined} action=${action?.(user)} />`)}
        ${helpers.length > 0 && html`<div class="section-label">${t('nav.agents')}</div>`}
        ${helpers.map((user) => html`<${PersonRow} key=${user.id} user=${user} onPick=${pick} checked=${chosen ? chosen.has(user.id) : undefined} />`)}
        ${found.cursor && html`<${More} cursor=${found.cursor} load=${found.more} />`}
        ${!people.length && !helpers.length && !found.cursor && html`<p class="picker-none">${t(query.trim() ? 'people.none' : 'people.hint')}</p>`}
      </div>
    </div>
  `;
}

/** The AI agents whose names have the typed text. @param {boolean} wanted @param {string} query @returns {User[]} */
function useAgents(wanted, query) {
  useEffect(() => {
    if (wanted && !agents.value) void loadAgents().catch(() => null);
  }, [wanted]);
  const needle = query.trim().toLowerCase();
  return wanted ? (agents.value ?? []).filter(({ name }) => name.toLowerCase().includes(needle)).map(userOfAgent) : [];
}

/** @param {{ user: User, onPick: (user: User) => void, checked?: boolean, action?: any }} props */
function PersonRow({ user, onPick, checked, action }) {
  useEffect(() => rememberUser(user), [user]);
  return html`
    <div class="person-line">
      <button type="button" class="person-row" role=${checked === undefined ? undefined : 'checkbox'} aria-checked=${checked} onClick=${() => onPick(user)}>
        <${UserAvatar} id=${user.id} size=${36} />
        <span class="person-names"><span class="person-name">${nameOf(user.id)}</span><span class="person-sub">${user.kind === 'agent' ? t('agents.sub') : `@${user.username}`}</span></span>
        ${checked !== undefined && html`<span class="check-box" data-on=${checked}>${checked && html`<${Icon} name="check" size=${14} />`}</span>`}
      </button>
      ${action}
    </div>
  `;
}
