// @ts-check
// A person's card: write to them, befriend, remark, block.
import { useEffect, useState } from 'preact/hooks';

import { friends as api, users } from '../api/endpoints.js';
import { blocked, changeContacts, friends, requests } from '../store/contacts.js';
import { openDirect } from '../store/conversations.js';
import { openConversation } from '../store/router.js';
import { myId } from '../store/session.js';
import { attempt } from '../store/toasts.js';
import { nameOf, rememberUser, userOf } from '../store/users.js';
import { t } from '../i18n/index.js';
import { UserAvatar } from './avatar.js';
import { Dialog } from './dialog.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { confirm } from './overlays.js';
import { reportPerson } from './reports/dialog.js';
import { whereabouts } from './whereabouts.js';

/** @param {{ userId: string, onClose: () => void }} props */
export function PersonDialog({ userId, onClose }) {
  const user = userOf(userId);
  useEffect(() => {
    users.one(userId).then(rememberUser, () => null);
  }, [userId]);
  const write = async () => {
    const row = await attempt(() => openDirect(userId));
    if (!row) return;
    onClose();
    openConversation(row.id);
  };
  if (!user) return html`<${Dialog} title=${t('person.title')} onClose=${onClose}><div class="skeleton skeleton-block"></div><//>`;
  return html`
    <${Dialog} title=${t('person.title')} onClose=${onClose}>
      <div class="dialog-body person-card">
        <${UserAvatar} id=${userId} size=${72} />
        <h3>${nameOf(userId)} ${user.kind !== 'person' && html`<span class=${`tag ${user.kind === 'agent' ? 'tag-accent' : ''}`}>${t(`person.${user.kind}`)}</span>`}</h3>
        <p class="person-sub">${user.kind === 'agent' ? t('agents.sub') : `@${user.username} · ${whereabouts(userId)}`}</p>
        ${userId !== myId.value && html`
          <button class="button button-filled" onClick=${write}><${Icon} name="chat" size=${18} />${t('person.write')}</button>
          ${user.kind === 'agent' ? html`<button class="button button-danger" onClick=${() => reportPerson(userId)}><${Icon} name="flag" size=${18} />${t('report.do')}</button>` : html`<${Relation} userId=${userId} />`}`}
      </div>
    <//>
  `;
}

/** @param {{ userId: string }} props */
function Relation({ userId }) {
  const friend = friends.value.find((entry) => entry.user.id === userId);
  const asked = requests.value.find((entry) => entry.user?.id === userId);
  const isBlocked = blocked.value.some((user) => user.id === userId);
  const block = async () => {
    if (!(await confirm({ title: t('person.blockAsk', { name: nameOf(userId) }), text: t('person.blockText'), action: t('person.block'), danger: true }))) return;
    await attempt(() => changeContacts(() => api.block(userId)), t('person.blocked'));
  };
  return html`
    ${friend && html`<${Remark} userId=${userId} remark=${friend.remark} />`}
    <div class="person-actions">
      ${!friend && !asked && !isBlocked && html`<button class="button" onClick=${() => attempt(() => changeContacts(() => api.ask({ user_id: userId })), t('contacts.asked'))}><${Icon} name="userPlus" size=${18} />${t('contacts.add')}</button>`}
      ${asked && !asked.incoming && html`<span class="hint">${t('contacts.waiting')}</span>
        <button class="button" onClick=${() => attempt(() => changeContacts(() => api.withdraw(asked.id)), t('contacts.withdrawn'))}><${Icon} name="userX" size=${18} />${t('contacts.withdrawRequest')}</button>`}
      ${asked?.incoming && html`<button class="button" onClick=${() => attempt(() => changeContacts(() => api.accept(asked.id)), t('contacts.accepted'))}><${Icon} name="check" size=${18} />${t('contacts.accept')}</button>`}
      ${friend && html`<button class="button" onClick=${() => attempt(() => changeContacts(() => api.remove(userId)), t('contacts.removed'))}><${Icon} name="userX" size=${18} />${t('contacts.remove')}</button>`}
      ${isBlocked ? html`<button class="button" onClick=${() => attempt(() => changeContacts(() => api.unblock(userId)), t('person.unblocked'))}>${t('person.unblock')}</button>`
        : html`<button class="button button-danger" onClick=${block}><${Icon} name="ban" size=${18} />${t('person.block')}</button>`}
      <button class="button button-danger" onClick=${() => reportPerson(userId)}><${Icon} name="flag" size=${18} />${t('report.do')}</button>
    </div>
  `;
}

/** @param {{ userId: string, remark: string }} props */
function Remark({ userId, remark }) {
  const [value, setValue] = useState(remark);
  /** @param {Event} event */
  const save = async (event) => {
    event.preventDefault();
    if (value.trim() !== remark) await attempt(() => changeContacts(() => api.remark(userId, value.trim())), t('contacts.remarkSaved'));
  };
  return html`
    <form class="inline-form" onSubmit=${save}>
      <label class="field"><span class="field-label">${t('contacts.remark')}</span>
        <input value=${value} maxlength="50" placeholder=${t('contacts.remarkPlaceholder')} onInput=${(/** @type {any} */ event) => setValue(event.currentTarget.value)} onBlur=${save} /></label>
    </form>
  `;
}
