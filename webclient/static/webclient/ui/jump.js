// @ts-check
// The way back to the newest message, with how many came meanwhile.
import { conversationOf } from '../store/conversations.js';
import { t } from '../i18n/index.js';
import { html } from './html.js';
import { Icon } from './icons.js';

/** @param {{ log: import('../store/log.js').ConversationLog, atBottom: import('@preact/signals').Signal<boolean>, onJump: () => void }} props */
export function JumpButton({ log, atBottom, onJump }) {
  if (log.state.value !== 'ready' || (atBottom.value && !log.hasAfter.value)) return null;
  const count = conversationOf(log.id)?.unread_count ?? 0;
  return html`
    <button class="jump" onClick=${onJump}>
      <${Icon} name="arrowDown" size=${18} /><span>${t('chat.toLatest')}</span>${count > 0 && html`<span class="badge">${count > 99 ? '99+' : count}</span>`}
    </button>
  `;
}
