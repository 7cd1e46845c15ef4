// @ts-check
// Who has read a message, and who has not yet.
import { useEffect, useState } from 'preact/hooks';

import { conversations as api } from '../api/endpoints.js';
import { attempt } from '../store/toasts.js';
import { nameOf, rememberUser } from '../store/users.js';
import { t } from '../i18n/index.js';
import { UserAvatar } from './avatar.js';
import { Dialog } from './dialog.js';
import { html } from './html.js';
import { More } from './more.js';

/** @param {{ message: import('../store/types.js').Message, onClose: () => void }} props */
export function ReadersDialog({ message, onClose }) {
  const [answer, setAnswer] = useState(/** @type {any} */ (null));
  const load = async (/** @type {any} */ before) => {
    const page = await api.readers(message.conversation_id, message.message_id, before?.next_cursor);
    [...page.read, ...page.unread].forEach(rememberUser);
    setAnswer({ ...page, read: [...(before?.read ?? []), ...page.read], unread: [...(before?.unread ?? []), ...page.unread] });
  };
  useEffect(() => void attempt(() => load(null)), [message.message_id]);
  return html`
    <${Dialog} title=${t('readers.title')} onClose=${onClose}>
      <div class="dialog-body">
        ${answer ? html`
          <${People} label=${t('readers.read', { count: answer.read_count })} users=${answer.read} />
          <${People} label=${t('readers.unread', { count: answer.unread_count })} users=${answer.unread} />
          ${answer.next_cursor && html`<${More} cursor=${answer.next_cursor} load=${() => load(answer)} />`}` : html`<div class="skeleton skeleton-block"></div>`}
      </div>
    <//>
  `;
}

/** @param {{ label: string, users: import('../store/types.js').User[] }} props */
function People({ label, users }) {
  return html`
    <div class="section-label">${label}</div>
    ${users.map((user) => html`<div key=${user.id} class="person-row person-still"><${UserAvatar} id=${user.id} size=${32} /><span class="person-name">${nameOf(user.id)}</span></div>`)}
  `;
}
