// @ts-check
// Who one talks to, who is here, and what can be done with the conversation.
import { computed } from '@preact/signals';

import { answersIn } from '../store/answers.js';
import { dropConversations, isPrivate, ordered, titleOf, totals } from '../store/conversations.js';
import { askSummary } from '../store/digests.js';
import { isLarge, rosterOf } from '../store/members.js';
import { narrow } from '../store/prefs.js';
import { isOnline, typing } from '../store/presence.js';
import { navigate, route } from '../store/router.js';
import { closeHit, openSearch } from '../store/searchquery.js';
import { groups } from '../api/endpoints.js';
import { attempt } from '../store/toasts.js';
import { nameOf } from '../store/users.js';
import { t } from '../i18n/index.js';
import { ConversationAvatar } from './avatar.js';
import { detailsOpen } from './chat.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { ownActions } from './listrow.js';
import { showMenu } from './menu.js';
import { confirm, openOverlay } from './overlays.js';
import { reportGroup, reportPerson } from './reports/dialog.js';
import { whereabouts } from './whereabouts.js';

/** @typedef {import('../store/types.js').Conversation} Conversation */

/** @param {{ entry: Conversation }} props */
export function ChatHeader({ entry }) {
  const toggleDetails = () => (detailsOpen.value = !detailsOpen.value);
  return html`
    <header class="chat-header">
      ${narrow.value && html`<${Back} entry=${entry} />`}
      <button class="chat-who" onClick=${toggleDetails} aria-label=${t('details.open', { title: titleOf(entry) })}>
        <${ConversationAvatar} entry=${entry} size=${36} />
        <span class="chat-names"><span class="chat-line"><span class="chat-title">${titleOf(entry)}</span>${entry.kind === 'agent' && html`<span class="tag tag-accent">${t('person.agent')}</span>`}</span><span class="chat-sub"><${SubLine} entry=${entry} /></span></span>
      </button>
      <button class="icon-button" aria-label=${t('search.here')} title=${t('search.here')} onClick=${() => openSearch({ in: entry.id })}><${Icon} name="search" size=${22} /></button>
      <button class="icon-button" aria-label=${t('pins.title')} title=${t('pins.title')} onClick=${() => openOverlay('pins', { id: entry.id })}><${Icon} name="pin" size=${22} /></button>
      ${!narrow.value && html`
        <button class="icon-button" aria-pressed=${detailsOpen.value} aria-label=${t('details.title')} title=${t('details.title')} onClick=${toggleDetails}><${Icon} name="panel" size=${22} /></button>`}
      <button class="icon-button" aria-haspopup="menu" aria-label=${t('action.more')} title=${t('action.more')} onClick=${(/** @type {MouseEvent} */ event) => openMenu(event, entry)}><${Icon} name="more" size=${22} /></button>
    </header>
  `;
}

/** @param {MouseEvent} event @param {Conversation} entry */
function openMenu(event, entry) {
  const items = [{ icon: 'sparkle', label: t('summary.do'), run: () => void askSummary(entry.id) }, ...ownActions(entry), { icon: 'keyboard', label: t('shortcuts.title'), run: () => openOverlay('shortcuts') }];
  const { peer } = entry;
  if (isPrivate(entry) && peer) items.push(/** @type {any} */ ({ icon: 'flag', label: t('report.do'), danger: true, run: () => reportPerson(peer.id, entry.id) }));
  if (entry.kind === 'group' && entry.role !== 'owner') {
    items.push(/** @type {any} */ ({ icon: 'flag', label: t('report.group'), danger: true, run: () => reportGroup(entry) }));
    items.push(/** @type {any} */ ({ icon: 'logOut', label: t('group.leave'), danger: true, run: () => leaveGroup(entry) }));
  }
  showMenu(event, items);
}

/** @param {Conversation} entry */
export async function leaveGroup(entry) {
  if (!(await confirm({ title: t('group.leaveAsk', { title: titleOf(entry) }), text: t('group.leaveText'), action: t('group.leave'), danger: true }))) return;
  const left = await attempt(async () => (await groups.leave(entry.id), true), t('group.left'));
  if (!left) return;
  navigate('/', { replace: true });
  dropConversations([entry.id]);
}

const unreadElsewhere = computed(() => ordered.value.length && totals.value.unread);

/** @param {{ entry: Conversation }} props */
function Back({ entry }) {
  const found = route.value.section === 'search';
  const count = Number(unreadElsewhere.value) - (entry.muted ? 0 : entry.unread_count);
  return html`
    <button class="back" aria-label=${t(found ? 'search.backToResults' : 'chat.toList')} onClick=${found ? closeHit : () => navigate('/')}>
      <${Icon} name="back" size=${24} />${!found && count > 0 && html`<span>${count > 99 ? '99+' : count}</span>`}
    </button>
  `;
}

/** @param {{ entry: Conversation }} props */
function SubLine({ entry }) {
  const writers = typing.value.get(entry.id) ?? [];
  if (entry.kind === 'agent') return answersIn(entry.id).length ? html`<span class="accent-text">${t('typing.self')}</span>` : html`${t('agents.sub')}`;
  if (entry.kind === 'direct') {
    if (writers.length) return html`<span class="accent-text">${t('typing.self')}</span>`;
    return html`${whereabouts(entry.peer?.id)}`;
  }
  const parts = [t('group.members', { count: entry.member_count })];
  if (narrow.value && writers.length) parts.push(t('typing.one', { name: nameOf(writers[0]), count: 1 }));
  else if (!isLarge(entry)) {
    const online = rosterOf(entry.id).members.filter((row) => isOnline(row.user.id)).length;
    if (online) parts.push(t('group.online', { count: online }));
  }
  return html`${entry.kind === 'world' && !entry.member_count ? t('world.sub') : parts.join(' · ')}`;
}
