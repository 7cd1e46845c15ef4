// @ts-check
// Members of a conversation: who leads, who is here, and what one may do with whom.
import { useState } from 'preact/hooks';

import { groups } from '../api/endpoints.js';
import { dropFromRoster, isLarge, loadMembers, loadMoreMembers, putMember, rosterOf } from '../store/members.js';
import { isOnline } from '../store/presence.js';
import { myId } from '../store/session.js';
import { attempt } from '../store/toasts.js';
import { nameOf } from '../store/users.js';
import { fullTime } from '../i18n/time.js';
import { t } from '../i18n/index.js';
import { UserAvatar } from './avatar.js';
import { useFoundMembers } from './foundmembers.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { showMenu } from './menu.js';
import { More } from './more.js';
import { confirm, openOverlay } from './overlays.js';
import { whereabouts } from './whereabouts.js';

/** @typedef {import('../store/types.js').Conversation} Conversation */
/** @typedef {import('../store/types.js').Member} Member */

const HOUR_MS = 3_600_000;
const SEARCHED_FROM = 20;
const RANK = { owner: 2, admin: 1, member: 0 };

/** @param {{ entry: Conversation }} props */
export function MemberSection({ entry }) {
  const [name, setName] = useState('');
  const list = useMembers(entry, name);
  const mayInvite = entry.kind === 'group';
  return html`
    <section class="details-section">
      <div class="section-head"><h3>${entry.kind === 'world' ? t('group.visitors') : t('group.membersCount', { count: entry.member_count })}</h3>
        ${mayInvite && html`<button class="link" onClick=${() => openOverlay('add-members', { id: entry.id })}>${t('group.invite')}</button>`}</div>
      ${(entry.member_count > SEARCHED_FROM || entry.kind === 'world') && html`
        <label class="search-field member-search"><${Icon} name="search" size=${18} /><input type="search" value=${name} placeholder=${t('group.findMember')} aria-label=${t('group.findMember')}
          onInput=${(/** @type {any} */ event) => setName(event.currentTarget.value)} /></label>`}
      ${list.loading && html`<div class="skeleton skeleton-block"></div>`}
      ${!list.loading && !list.members.length && html`<p class="picker-none">${t('people.none')}</p>`}
      ${list.members.map((member) => html`<${MemberRow} key=${member.user.id} entry=${entry} member=${member} />`)}
      ${list.cursor && html`<${More} cursor=${list.cursor} load=${list.more} />`}
    </section>
  `;
}

/**
 * The members whose names begin with what is typed: asked of the server, since a page may not hold them all.
 * @param {Conversation} entry @param {string} name
 * @returns {{ members: Member[], cursor: string | null, loading: boolean, more: () => Promise<void> }}
 */
function useMembers(entry, name) {
  const found = useFoundMembers(entry.id, name, { whole: true });
  if (name.trim()) return found;
  const roster = rosterOf(entry.id);
  const members = isLarge(entry) ? roster.members : [...roster.members].sort((a, b) => RANK[b.role] - RANK[a.role] || Number(isOnline(b.user.id)) - Number(isOnline(a.user.id)));
  return { members, cursor: roster.nextCursor, loading: roster.loading, more: () => loadMoreMembers(entry.id) };
}

/** @param {{ entry: Conversation, member: Member }} props */
function MemberRow({ entry, member }) {
  const { user, role } = member;
  const me = user.id === myId.value;
  const silenced = member.muted_until && Date.parse(member.muted_until) > Date.now();
  const agent = user.kind === 'agent';
  const sub = agent ? t(`consent.agent.${entry.ai_max ?? 'indexed'}`) : silenced ? t('group.mutedUntil', { time: fullTime(member.muted_until ?? '') }) : whereabouts(user.id);
  return html`
    <div class="person-line">
      <button class="person-row" onClick=${() => openOverlay('person', { userId: user.id })}>
        <${UserAvatar} id=${user.id} size=${36} dot />
        <span class="person-names"><span class="person-name">${nameOf(user.id)}${me ? ` ${t('person.youMark')}` : ''}</span><span class="person-sub">${sub}</span></span>
      </button>
      ${agent && html`<span class="tag tag-accent">${t('person.agent')}</span>`}
      ${role !== 'member' && html`<span class=${`tag ${role === 'owner' ? 'tag-accent' : ''}`}>${t(`role.${role}`)}</span>`}
      ${!me && outranks(entry, role) && html`<button class="icon-button icon-button-small" aria-haspopup="menu" aria-label=${t('group.memberActions', { name: nameOf(user.id) })} onClick=${(/** @type {MouseEvent} */ event) => openMemberMenu(event, entry, member)}><${Icon} name="more" size=${18} /></button>`}
    </div>
  `;
}

/** @param {Conversation} entry @param {Member['role']} role */
function outranks(entry, role) {
  return entry.kind === 'group' && RANK[entry.role ?? 'member'] > RANK[role];
}

/** @param {MouseEvent} event @param {Conversation} entry @param {Member} member */
function openMemberMenu(event, entry, member) {
  const { user, role } = member;
  const silenced = member.muted_until && Date.parse(member.muted_until) > Date.now();
  const owner = entry.role === 'owner';
  const change = (/** @type {object} */ fields) => () => void attempt(() => groups.updateMember(entry.id, user.id, fields).then((answer) => putMember(entry.id, answer)), t('group.changed'));
  const until = (/** @type {number} */ hours) => ({ muted_until: new Date(Date.now() + hours * HOUR_MS).toISOString() });
  const leave = { icon: 'userX', label: t('group.removeMember'), danger: true, run: () => void remove(entry, user.id) };
  if (user.kind === 'agent') return showMenu(event, [leave]);
  const items = [
    owner && { icon: 'shield', label: t(role === 'admin' ? 'group.removeAdmin' : 'group.makeAdmin'), run: change({ role: role === 'admin' ? 'member' : 'admin' }) },
    owner && user.kind !== 'guest' && { icon: 'crown', label: t('group.transfer'), run: () => void transfer(entry, user.id) },
    silenced
      ? { icon: 'bell', label: t('group.unmuteMember'), run: change({ muted_until: null }) }
      : { icon: 'micOff', label: t('group.muteHour'), run: change(until(1)) },
    !silenced && { icon: 'micOff', label: t('group.muteDay'), run: change(until(24)) },
    leave,
  ];
  return showMenu(event, /** @type {any} */ (items.filter(Boolean)));
}

/** @param {Conversation} entry @param {string} userId */
async function transfer(entry, userId) {
  if (!(await confirm({ title: t('group.transferAsk', { name: nameOf(userId) }), text: t('group.transferText'), action: t('group.transfer'), danger: true }))) return;
  await attempt(() => groups.transfer(entry.id, userId).then(() => loadMembers(entry.id)), t('group.changed'));
}

/** @param {Conversation} entry @param {string} userId */
async function remove(entry, userId) {
  if (!(await confirm({ title: t('group.removeAsk', { name: nameOf(userId) }), action: t('group.removeMember'), danger: true }))) return;
  await attempt(() => groups.removeMember(entry.id, userId).then(() => dropFromRoster(entry.id, [userId])), t('group.changed'));
}
