// @ts-check
// Who has read a message, and who has not yet: exact counts of all, and their names a page at a time.
import { useEffect, useState } from 'preact/hooks';

import { conversations as api } from '../api/endpoints.js';
import { attempt } from '../store/toasts.js';
import { nameOf, rememberUser } from '../store/users.js';
import { t } from '../i18n/index.js';
import { UserAvatar } from './avatar.js';
import { Dialog } from './dialog.js';
import { html } from './html.js';
import { More } from './more.js';
import { Segmented } from './segmented.js';

/** @typedef {'read' | 'unread'} Side */
/** @typedef {{ users: import('../store/types.js').User[], cursor: string | null }} Names */

/** @param {{ message: import('../store/types.js').Message, onClose: () => void }} props */
export function ReadersDialog({ message, onClose }) {
  const [side, setSide] = useState(/** @type {Side} */ ('read'));
  const [counts, setCounts] = useState(/** @type {{ read: number, unread: number } | null} */ (null));
  const [names, setNames] = useState(/** @type {Partial<Record<Side, Names>>} */ ({}));
  /** @param {Side} only @param {Names} [before] */
  const load = async (only, before) => {
    const page = await api.readers(message.conversation_id, message.message_id, { only, cursor: before?.cursor });
    page[only].forEach(rememberUser);
    setNames((now) => ({ ...now, [only]: { users: [...(before?.users ?? []), ...page[only]], cursor: page.next_cursor } }));
    setCounts({ read: page.read_count, unread: page.unread_count });
    return page;
  };
  useEffect(() => void attempt(async () => {
    const { read_count: read } = await load('read');
    if (!read) await show('unread');
  }), [message.message_id]);
  /** @param {Side} next */
  const show = async (next) => {
    setSide(next);
    if (!names[next]) await attempt(() => load(next));
  };
  const shown = names[side];
  return html`
    <${Dialog} title=${t('readers.title')} onClose=${onClose}>
      <div class="dialog-body readers">
        ${counts && html`<${Segmented} label=${t('readers.title')} value=${side} onChange=${show} options=${[['read', t('readers.read', { count: counts.read })], ['unread', t('readers.unread', { count: counts.unread })]]} />`}
        ${!shown && html`<div class="skeleton skeleton-block"></div>`}
        ${shown && !shown.users.length && html`<p class="picker-none">${t(`readers.none.${side}`)}</p>`}
        ${shown?.users.map((user) => html`<div key=${user.id} class="person-row person-still"><${UserAvatar} id=${user.id} size=${32} /><span class="person-name">${nameOf(user.id)}</span></div>`)}
        ${shown?.cursor && html`<${More} cursor=${shown.cursor} load=${() => load(side, shown)} />`}
      </div>
    <//>
  `;
}
