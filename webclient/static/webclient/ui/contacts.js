// @ts-check
// Contacts: requests that wait, friends, people whom the caller blocked, and finding someone new.
import { useEffect } from 'preact/hooks';

import { friends as api } from '../api/endpoints.js';
import { blocked, changeContacts, contactsLoaded, friends, loadContacts, requests } from '../store/contacts.js';
import { openDirect } from '../store/conversations.js';
import { openConversation } from '../store/router.js';
import { attempt } from '../store/toasts.js';
import { nameOf } from '../store/users.js';
import { t } from '../i18n/index.js';
import { UserAvatar } from './avatar.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { openOverlay } from './overlays.js';
import { PeoplePicker } from './peoplepicker.js';
import { whereabouts } from './whereabouts.js';

/** @typedef {import('../store/types.js').User} User */

export function ContactsPane() {
  useEffect(() => void loadContacts().catch(() => null), []);
  return html`
    <main class="page">
      <header class="page-header"><h1>${t('nav.contacts')}</h1></header>
      <div class="page-scroll">
        <div class="page-column page-two">
          <div>
            <${Requests} />
            <${Friends} />
            <${Blocked} />
          </div>
          <section class="card">
            <h2>${t('contacts.find')}</h2>
            <${PeoplePicker} searchOnly label=${t('people.search')} onPick=${(/** @type {User} */ user) => openOverlay('person', { userId: user.id })} />
          </section>
        </div>
      </div>
    </main>
  `;
}

function Requests() {
  if (!requests.value.length) return null;
  const answer = (/** @type {(id: string) => Promise<unknown>} */ call, /** @type {string} */ id, /** @type {string} */ said) => () => void attempt(() => changeContacts(() => call(id)), t(said));
  return html`
    <section class="card">
      <h2>${t('contacts.requests')}</h2>
      ${requests.value.map((entry) => html`
        <div key=${entry.id} class="person-line">
          <button class="person-row" onClick=${() => openOverlay('person', { userId: entry.user.id })}>
            <${UserAvatar} id=${entry.user.id} size=${44} />
            <span class="person-names"><span class="person-name">${nameOf(entry.user.id)}</span><span class="person-sub clamp">${entry.incoming ? entry.message || t('contacts.wants') : t('contacts.waiting')}</span></span>
          </button>
          ${!entry.incoming && html`<button class="button" onClick=${answer(api.withdraw, entry.id, 'contacts.withdrawn')}>${t('contacts.withdraw')}</button>`}
          ${entry.incoming && html`
            <button class="button" onClick=${answer(api.decline, entry.id, 'contacts.declined')}>${t('contacts.decline')}</button>
            <button class="button button-soft" onClick=${answer(api.accept, entry.id, 'contacts.accepted')}>${t('contacts.accept')}</button>`}
        </div>`)}
    </section>
  `;
}

function Friends() {
  const rows = friends.value;
  return html`
    <section class="card">
      <h2>${t('contacts.friends')}${rows.length ? ` · ${rows.length}` : ''}</h2>
      ${!contactsLoaded.value && html`<div class="skeleton skeleton-block"></div>`}
      ${contactsLoaded.value && !rows.length && html`<p class="picker-none">${t('contacts.none')}</p>`}
      ${rows.map(({ user }) => html`
        <div key=${user.id} class="person-line">
          <button class="person-row" onClick=${() => openOverlay('person', { userId: user.id })}>
            <${UserAvatar} id=${user.id} size=${44} dot />
            <span class="person-names"><span class="person-name">${nameOf(user.id)}</span><span class="person-sub">${whereabouts(user.id)}</span></span>
          </button>
          <button class="icon-button" aria-label=${t('person.write')} title=${t('person.write')} onClick=${() => write(user.id)}><${Icon} name="chat" size=${22} /></button>
        </div>`)}
    </section>
  `;
}

/** @param {string} userId */
async function write(userId) {
  const row = await attempt(() => openDirect(userId));
  if (row) openConversation(row.id);
}

function Blocked() {
  if (!blocked.value.length) return null;
  return html`
    <section class="card">
      <h2>${t('contacts.blocked')}</h2>
      ${blocked.value.map((user) => html`
        <div key=${user.id} class="person-line">
          <span class="person-row person-still"><${UserAvatar} id=${user.id} size=${36} /><span class="person-names"><span class="person-name">${nameOf(user.id)}</span></span></span>
          <button class="button" onClick=${() => attempt(() => changeContacts(() => api.unblock(user.id)), t('person.unblocked'))}>${t('person.unblock')}</button>
        </div>`)}
    </section>
  `;
}
