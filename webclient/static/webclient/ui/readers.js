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

/** @param {{ message: import('../store/types.js').Message, onClose: () => void }} props */
export function ReadersDialog({ message, onClose }) {
  const [answer, setAnswer] = useState(/** @type {any} */ (null));
  useEffect(() => {
    void attempt(async () => {
      const readers = await api.readers(message.conversation_id, message.message_id);
      [...readers.read, ...readers.unread].forEach(rememberUser);
      setAnswer(readers);
    });
  }, [message]);
  return html`
    <${Dialog} title=${t('readers.title')} onClose=${onClose}>
      <div class="dialog-body">
        ${answer ? html`
          <${People} label=${t('readers.read', { count: answer.read_count })} users=${answer.read} />
          <${People} label=${t('readers.unread', { count: answer.unread_count })} users=${answer.unread} />` : html`<div class="skeleton skeleton-block"></div>`}
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
