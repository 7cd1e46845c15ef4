// @ts-check
// Catching up: over all chats with something new, what was decided, what is asked of the reader, and what is still open.
import { useEffect } from 'preact/hooks';

import { conversationOf, titleOf } from '../../store/conversations.js';
import { askBrief, brief, closeBrief } from '../../store/digests.js';
import { openConversation } from '../../store/router.js';
import { clockTime } from '../../i18n/time.js';
import { t } from '../../i18n/index.js';
import { ConversationAvatar } from '../avatar.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { Sources } from './cites.js';
import { DigestSkeleton, Lines, Reach } from './digest.js';

/** @typedef {import('../../store/digests.js').ChatBrief} ChatBrief */
/** @typedef {import('../../store/digests.js').Brief} Brief */

/** @type {Array<['questions' | 'decisions' | 'open_points' | 'highlights', string]>} */
const PARTS = [['questions', 'help'], ['decisions', 'check'], ['open_points', 'clock'], ['highlights', 'at']];

export function CatchUpPage() {
  useEffect(() => {
    if (!brief.value) void askBrief();
  }, []);
  const asked = brief.value;
  return html`
    <main class="page">
      <header class="page-header">
        <h1>${t('brief.title')}</h1><span class="spring"></span>
        ${asked?.state === 'loading' && html`<button class="link" onClick=${closeBrief}>${t('action.cancel')}</button>`}
        ${asked?.state !== 'loading' && html`<button class="button" onClick=${() => void askBrief()}><${Icon} name="refresh" size=${18} />${t('brief.again')}</button>`}
      </header>
      <div class="page-scroll"><div class="page-column" aria-live="polite">
        ${asked?.state === 'loading' && [0, 1].map((index) => html`<section key=${index} class="card"><${DigestSkeleton} widths=${[40, 92, 76, 58]} /></section>`)}
        ${asked?.state === 'failed' && html`<div class="form-error" role="alert"><${Icon} name="alert" size=${18} /><span>${asked.error}</span></div>`}
        ${!asked && html`<p class="hint">${t('brief.given')}</p>`}
        ${asked?.result && html`<${Result} result=${asked.result} />`}
      </div></div>
    </main>
  `;
}

/** @param {{ result: Brief }} props */
function Result({ result }) {
  if (!result.chats.length) {
    return html`
      <div class="empty">
        <span class="empty-mark"><${Icon} name="check" size=${28} /></span><h2>${t('brief.noneTitle')}</h2><p>${result.text || t('brief.none')}</p>
      </div>`;
  }
  return html`
    <p class="brief-lead">${result.text}</p>
    ${result.chats.map((chat) => html`<${Chat} key=${chat.conversation_id} chat=${chat} />`)}
    <p class="hint brief-end">${result.more_chats > 0 && `${t('brief.more', { count: result.more_chats })} `}${t('brief.asOf', { time: clockTime(result.as_of), model: result.model ?? t('digest.noModel') })}</p>
  `;
}

/** @param {{ chat: ChatBrief }} props */
function Chat({ chat }) {
  const entry = conversationOf(chat.conversation_id);
  if (!entry) return null;
  const parts = PARTS.filter(([part]) => chat[part].length);
  return html`
    <section class="card brief-chat">
      <button class="brief-head" onClick=${() => openConversation(entry.id)}>
        <${ConversationAvatar} entry=${entry} size=${36} /><h2>${titleOf(entry)}</h2><span class="hint">${t('brief.unread', { count: chat.unread_count })}</span>
      </button>
      ${parts.map(([part, icon]) => html`
        <div key=${part} class="brief-part"><h3><${Icon} name=${icon} size=${16} />${t(`brief.${part}`)}</h3><${Lines} lines=${chat[part]} citations=${chat.citations} /></div>`)}
      ${!parts.length && html`<p class="hint">${t('brief.quiet')}</p>`}
      <${Sources} citations=${chat.citations} here=${chat.conversation_id} />
      <${Reach} count=${chat.message_count} leftOut=${chat.left_out} model=${chat.model} />
    </section>
  `;
}
