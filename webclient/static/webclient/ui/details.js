// @ts-check
// The details pane: a person's card in short, or a group's profile, members, invites and requests.
import { useEffect } from 'preact/hooks';

import { openOverlay } from './overlays.js';
import { loadMembers, loadProfile, profiles } from '../store/members.js';
import { isPrivate, setOwnState, titleOf } from '../store/conversations.js';
import { agents, loadAgents } from '../store/agents.js';
import { narrow } from '../store/prefs.js';
import { attempt } from '../store/toasts.js';
import { t } from '../i18n/index.js';
import { Consent } from './agents/consent.js';
import { ConversationAvatar } from './avatar.js';
import { leaveGroup } from './chatheader.js';
import { useFocusTrap } from './focus.js';
import { Requests } from './groupaccess.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { MemberSection } from './memberlist.js';
import { reportGroup, reportPerson } from './reports/dialog.js';
import { Switch } from './segmented.js';
import { whereabouts } from './whereabouts.js';

/** @typedef {import('../store/types.js').Conversation} Conversation */

/** @param {{ entry: Conversation, docked: boolean, onClose: () => void }} props */
export function DetailsPane({ entry, docked, onClose }) {
  if (docked) return html`<aside class="details" aria-label=${t('details.title')}><${Body} entry=${entry} onClose=${onClose} /></aside>`;
  return html`<${Sliding} entry=${entry} onClose=${onClose} />`;
}

/** @param {{ entry: Conversation, onClose: () => void }} props */
function Sliding({ entry, onClose }) {
  const ref = useFocusTrap();
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    onClose();
  };
  return html`
    ${!narrow.value && html`<div class="details-scrim" onPointerDown=${onClose}></div>`}
    <aside ref=${ref} class="details details-over" role="dialog" aria-modal="true" aria-label=${t('details.title')} onKeyDown=${onKeyDown}><${Body} entry=${entry} onClose=${onClose} /></aside>
  `;
}

/** @param {{ entry: Conversation, onClose: () => void }} props */
function Body({ entry, onClose }) {
  useEffect(() => {
    if (entry.kind === 'agent' && !agents.value) void loadAgents().catch(() => null);
    if (isPrivate(entry)) return;
    void loadMembers(entry.id).catch(() => null);
    if (entry.kind === 'group') void loadProfile(entry.id).catch(() => null);
  }, [entry.id]);
  return html`
    <header class="details-header"><h2>${t('details.title')}</h2><button class="icon-button" autofocus aria-label=${t('action.close')} onClick=${onClose}><${Icon} name="close" size=${22} /></button></header>
    <div class="details-scroll">
      <${Head} entry=${entry} />
      <${Own} entry=${entry} />
      <${Consent} entry=${entry} />
      ${!isPrivate(entry) && html`<${Group} entry=${entry} />`}
      ${isPrivate(entry) && entry.peer && html`<${PeerActions} userId=${entry.peer.id} place=${entry.id} />`}
    </div>
  `;
}

/** @param {{ entry: Conversation }} props */
function Head({ entry }) {
  const peerId = entry.kind === 'direct' ? entry.peer?.id : undefined;
  const profile = profiles.value.get(entry.id);
  return html`
    <section class="details-head">
      <${ConversationAvatar} entry=${entry} size=${72} />
      <h3>${titleOf(entry)} ${entry.kind === 'agent' && html`<span class="tag tag-accent">${t('person.agent')}</span>`}</h3>
      ${entry.kind === 'agent' && html`<p class="details-text">${agents.value?.find((agent) => agent.id === entry.peer?.id)?.description}</p>`}
      ${peerId && html`
        <p class="person-sub">@${entry.peer?.username} · ${whereabouts(peerId)}</p>
        <button class="link" onClick=${() => openOverlay('person', { userId: peerId })}>${t('person.title')}</button>`}
      ${profile?.description && html`<p class="details-text">${profile.description}</p>`}
      ${profile?.announcement && html`<div class="announcement"><${Icon} name="megaphone" size=${18} /><p>${profile.announcement}</p></div>`}
    </section>
  `;
}

/** @param {{ entry: Conversation }} props */
function Own({ entry }) {
  const set = (/** @type {'muted' | 'pinned'} */ field) => (/** @type {boolean} */ on) => void attempt(() => setOwnState(entry.id, { [field]: on }));
  return html`
    <section class="details-section">
      <${Switch} label=${t('list.mute')} on=${entry.muted} onChange=${set('muted')} />
      <${Switch} label=${t('list.pin')} on=${entry.pinned} onChange=${set('pinned')} />
    </section>
  `;
}

/** @param {{ userId: string, place: string }} props */
function PeerActions({ userId, place }) {
  return html`
    <section class="details-section details-actions">
      <button class="button button-danger" onClick=${() => reportPerson(userId, place)}><${Icon} name="flag" size=${18} />${t('report.do')}</button>
    </section>
  `;
}

/** @param {{ entry: Conversation }} props */
function Group({ entry }) {
  const leads = entry.role === 'owner' || entry.role === 'admin';
  return html`
    ${entry.kind === 'group' && leads && html`<${Requests} id=${entry.id} />`}
    <${MemberSection} entry=${entry} />
    ${entry.kind === 'group' && html`
      <section class="details-section details-actions">
        ${leads && html`<button class="button" onClick=${() => openOverlay('group-settings', { id: entry.id })}><${Icon} name="settings" size=${18} />${t('group.settings')}</button>`}
        ${entry.role !== 'owner' && html`<button class="button button-danger" onClick=${() => reportGroup(entry)}><${Icon} name="flag" size=${18} />${t('report.group')}</button>`}
        ${entry.role !== 'owner' && html`<button class="button button-danger" onClick=${() => leaveGroup(entry)}><${Icon} name="logOut" size=${18} />${t('group.leave')}</button>`}
      </section>`}
  `;
}
