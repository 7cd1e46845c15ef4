// @ts-check
// Pinned messages of a conversation.
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';

import { conversations as api } from '../api/endpoints.js';
import { conversationOf, isPrivate } from '../store/conversations.js';
import { whenApplied } from '../store/logs.js';
import { attempt } from '../store/toasts.js';
import { nameOf } from '../store/users.js';
import { listTime } from '../i18n/time.js';
import { t } from '../i18n/index.js';
import { UserAvatar } from './avatar.js';
import { Dialog } from './dialog.js';
import { goToMessage } from './goto.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { summaryOf } from './listrow.js';

/** @typedef {import('../store/types.js').Message} Message */

/** Ids of pinned messages by conversation, as far as this page knows. */
export const pinned = signal(/** @type {Map<string, Set<string>>} */ (new Map()));

/** Counts what moderators hid and restored: a list that stands open is asked for anew. */
const moderated = signal(0);

/** Ask which messages are pinned, so that their bubbles and menus say so. @param {string} id @returns {Promise<Message[]>} */
export async function loadPins(id) {
  const messages = (await api.pins(id)).map(messageOf);
  pinned.value = new Map(pinned.peek()).set(id, new Set(messages.map((message) => message.message_id)));
  return messages;
}

/** @param {string} id @param {(ids: Set<string>) => void} change */
function changePins(id, change) {
  const ids = new Set(pinned.value.get(id));
  change(ids);
  pinned.value = new Map(pinned.value).set(id, ids);
}

whenApplied((id, event) => {
  if (event.event === 'message-pinned') changePins(id, (ids) => ids.add(event.message_id ?? ''));
  if (event.event === 'message-unpinned' || event.event === 'message-recalled') changePins(id, (ids) => ids.delete(event.message_id ?? ''));
  if (event.event === 'message-hidden' || event.event === 'message-restored') moderated.value += 1;
});

/** @param {any} row a pin is a message, or carries one */
const messageOf = (row) => /** @type {Message} */ (row.message ?? row);

/** @param {{ id: string, onClose: () => void }} props */
export function PinsDialog({ id, onClose }) {
  const [rows, setRows] = useState(/** @type {Message[] | null} */ (null));
  const known = pinned.value.get(id);
  useEffect(() => {
    void attempt(async () => setRows(await loadPins(id)));
  }, [id, moderated.value]);
  const entry = conversationOf(id);
  const mayUnpin = isPrivate(entry) || entry?.role === 'owner' || entry?.role === 'admin';
  const shown = rows?.filter((message) => !known || known.has(message.message_id));
  /** @param {Message} message */
  const go = (message) => {
    onClose();
    void goToMessage(id, message.message_id, message.seq);
  };
  return html`
    <${Dialog} title=${t('pins.title')} onClose=${onClose}>
      <div class="dialog-body">
        ${!shown && html`<div class="skeleton skeleton-block"></div>`}
        ${shown?.length === 0 && html`<div class="empty"><span class="empty-mark"><${Icon} name="pin" size=${28} /></span><p>${t('pins.none')}</p></div>`}
        ${shown?.map((message) => html`
          <div key=${message.message_id} class="person-line">
            <button class="person-row" onClick=${() => go(message)}>
              <${UserAvatar} id=${message.sender_id} size=${36} />
              <span class="person-names"><span class="person-name">${nameOf(message.sender_id)} <time class="person-sub">${listTime(message.created_at)}</time></span><span class="person-sub clamp">${summaryOf(message)}</span></span>
            </button>
            ${mayUnpin && html`<button class="icon-button" aria-label=${t('message.unpin')} title=${t('message.unpin')} onClick=${() => attempt(() => api.unpin(id, message.message_id).then(() => setRows((rows ?? []).filter((row) => row !== message))))}><${Icon} name="pinOff" /></button>`}
          </div>`)}
      </div>
    <//>
  `;
}
