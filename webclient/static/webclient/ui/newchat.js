// @ts-check
// A new conversation: with one person at a click, or a group of several.
import { useState } from 'preact/hooks';

import { groups } from '../api/endpoints.js';
import { loadConversation, openDirect } from '../store/conversations.js';
import { openConversation } from '../store/router.js';
import { attempt } from '../store/toasts.js';
import { plainName } from '../store/users.js';
import { isGuest, me } from '../store/session.js';
import { t } from '../i18n/index.js';
import { Dialog } from './dialog.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { PeoplePicker } from './peoplepicker.js';
import { Segmented } from './segmented.js';

/** @typedef {import('../store/types.js').User} User */

/** @param {{ onClose: () => void }} props a guest cannot own a group, and is not offered to make one */
export function NewChatDialog({ onClose }) {
  const [kind, setKind] = useState('direct');
  return html`
    <${Dialog} title=${t('new.title')} onClose=${onClose}>
      <div class="dialog-body">
        ${!isGuest.value && html`<${Segmented} label=${t('new.kind')} value=${kind} onChange=${setKind} options=${[['direct', t('new.direct')], ['group', t('new.group')]]} />`}
        ${kind === 'direct' ? html`<${NewDirect} onClose=${onClose} />` : html`<${NewGroup} onClose=${onClose} />`}
      </div>
    <//>
  `;
}

/** @param {{ onClose: () => void }} props */
function NewDirect({ onClose }) {
  const pick = async (/** @type {User} */ user) => {
    const row = await attempt(() => openDirect(user.id));
    if (!row) return;
    onClose();
    openConversation(row.id);
  };
  return html`<${PeoplePicker} label=${t('people.search')} onPick=${pick} />`;
}

/** @param {{ onClose: () => void }} props */
function NewGroup({ onClose }) {
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState(/** @type {Map<string, User>} */ (new Map()));
  const [busy, setBusy] = useState(false);
  const pick = (/** @type {User} */ user) => {
    const next = new Map(chosen);
    if (!next.delete(user.id)) next.set(user.id, user);
    setChosen(next);
  };
  /** @param {Event} event */
  const create = async (event) => {
    event.preventDefault();
    setBusy(true);
    const title = name.trim() || [plainName(me.value), ...[...chosen.values()].map(plainName)].slice(0, 4).join(t('list.comma')).slice(0, 60);
    const group = await attempt(() => groups.create({ name: title, member_ids: [...chosen.keys()] }));
    setBusy(false);
    if (!group) return;
    await attempt(() => loadConversation(group.id));
    onClose();
    openConversation(group.id);
  };
  return html`
    <form class="stack" onSubmit=${create}>
      <label class="field"><span class="field-label">${t('group.name')}</span>
        <input value=${name} maxlength="100" placeholder=${t('group.namePlaceholder')} onInput=${(/** @type {any} */ event) => setName(event.currentTarget.value)} /></label>
      <${PeoplePicker} label=${t('group.addPeople')} chosen=${chosen} onPick=${pick} />
      <div class="dialog-actions">
        <button type="submit" class="button button-filled" disabled=${busy || (!chosen.size && !name.trim())}><${Icon} name="users" size=${18} />${t('group.create', { count: chosen.size + 1 })}</button>
      </div>
    </form>
  `;
}
