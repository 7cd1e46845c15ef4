// @ts-check
// Bringing people into a group: by name, or by a link.
import { useState } from 'preact/hooks';

import { groups } from '../api/endpoints.js';
import { conversationOf } from '../store/conversations.js';
import { loadMembers, profiles, rosterOf } from '../store/members.js';
import { attempt } from '../store/toasts.js';
import { t } from '../i18n/index.js';
import { Dialog } from './dialog.js';
import { Invites } from './groupaccess.js';
import { html } from './html.js';
import { PeoplePicker } from './peoplepicker.js';

/** @typedef {import('../store/types.js').User} User */

/** @param {{ id: string, onClose: () => void }} props */
export function AddMembersDialog({ id, onClose }) {
  const [chosen, setChosen] = useState(/** @type {Map<string, User>} */ (new Map()));
  const role = conversationOf(id)?.role;
  const mayLink = role === 'owner' || role === 'admin' || profiles.value.get(id)?.join_policy === 'open';
  const members = new Set(rosterOf(id).members.map((row) => row.user.id));
  const pick = (/** @type {User} */ user) => {
    const next = new Map(chosen);
    if (!next.delete(user.id)) next.set(user.id, user);
    setChosen(next);
  };
  const add = async () => {
    const added = await attempt(async () => (await groups.add(id, [...chosen.keys()]), true), t('group.added', { count: chosen.size }));
    if (!added) return;
    void loadMembers(id).catch(() => null);
    onClose();
  };
  return html`
    <${Dialog} title=${t('group.invite')} onClose=${onClose}>
      <div class="dialog-body stack">
        <${PeoplePicker} withAgents label=${t('group.addPeople')} chosen=${chosen} exclude=${members} onPick=${pick} />
        <button class="button button-filled" disabled=${!chosen.size} onClick=${add}>${t('group.add', { count: chosen.size })}</button>
        ${mayLink && html`<div class="or"><span>${t('auth.or')}</span></div><${Invites} id=${id} />`}
      </div>
    <//>
  `;
}
