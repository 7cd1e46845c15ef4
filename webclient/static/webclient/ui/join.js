// @ts-check
// Following an invite link into a group.
import { useEffect, useState } from 'preact/hooks';

import { groups } from '../api/endpoints.js';
import { loadConversation } from '../store/conversations.js';
import { navigate, openConversation, route } from '../store/router.js';
import { explain } from '../store/toasts.js';
import { t } from '../i18n/index.js';
import { html } from './html.js';
import { Icon } from './icons.js';

export function JoinPage() {
  const invite = route.value.id ?? '';
  const [state, setState] = useState({ status: 'asking', text: '' });
  useEffect(() => {
    let current = true;
    enter(invite).then(
      (id) => current && (id ? openConversation(id) : setState({ status: 'waiting', text: t('join.waiting') })),
      (error) => current && setState({ status: 'failed', text: explain(error) }),
    );
    return () => {
      current = false;
    };
  }, [invite]);
  return html`
    <main class="chat-pane chat-empty">
      <div class="empty" role="status">
        <span class="empty-mark"><${Icon} name=${state.status === 'failed' ? 'slash' : 'users'} size=${28} /></span>
        <h2>${t(`join.${state.status}Title`)}</h2>
        <p>${state.text}</p>
        ${state.status !== 'asking' && html`<button class="button" onClick=${() => navigate('/', { replace: true })}>${t('chat.toList')}</button>`}
      </div>
    </main>
  `;
}

/** @param {string} invite @returns {Promise<string | null>} the conversation, or null when the request waits for approval */
async function enter(invite) {
  const group = await groups.join(invite);
  if (!group?.id || group.pending) return null;
  await loadConversation(group.id);
  return group.id;
}
