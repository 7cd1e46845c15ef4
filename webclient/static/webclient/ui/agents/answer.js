// @ts-check
// An agent's answer: as it is written, with the way to stop it; and as it is stored, with its sources.
import { useEffect, useState } from 'preact/hooks';

import { failureOf, isAsker, pendingOf, regenerate, rewriteOf, stopAnswer } from '../../store/answers.js';
import { logOf } from '../../store/logs.js';
import { attempt } from '../../store/toasts.js';
import { duration } from '../../i18n/time.js';
import { t } from '../../i18n/index.js';
import { Meta, Quote } from '../bubble.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { renderMarkdown } from '../markdown.js';
import { markOf, removedMark, Sources } from './cites.js';
import { askBeforeOpening } from './links.js';
import { citedText } from './words.js';

/** @typedef {import('../../store/types.js').Message} Message */
/** @typedef {import('../../store/types.js').Conversation} Conversation */
/** @typedef {import('../../store/answers.js').Answer} Writing */
/** @typedef {import('../../store/types.js').Citation} Citation */

/** @param {{ message: Message, entry?: Conversation }} props */
export function AnswerBubble({ message, entry }) {
  const writing = pendingOf(message) ?? rewriteOf(message);
  const quoted = entry?.kind !== 'agent' && message.reply_to;
  return html`
    <div class=${`bubble bubble-answer ${writing ? 'bubble-writing' : ''}`}>
      ${quoted && html`<${Quote} id=${message.conversation_id} messageId=${message.reply_to} />`}
      ${writing ? html`<${Writing} writing=${writing} before=${message} />` : html`<${Stored} message=${message} entry=${entry} />`}
    </div>
  `;
}

/** The words of an answer. @param {{ text: string, citations: Citation[] | undefined, class?: string }} props */
export function AnswerText({ text, citations, class: className = '' }) {
  const context = { openLink: askBeforeOpening, cite: (/** @type {number} */ number) => markOf(number, citations), removed: removedMark };
  return html`<div class=${`answer-text ${className}`} dir="auto">${renderMarkdown(citedText(text, citations), context)}</div>`;
}

/** @param {{ message: Message, entry?: Conversation }} props */
function Stored({ message, entry }) {
  const { text = '' } = message.content;
  const newest = logOf(message.conversation_id).messages.value.at(-1)?.message_id === message.message_id;
  return html`
    <${AnswerText} text=${text} citations=${message.citations ?? []} />
    <${Sources} citations=${message.citations} here=${message.conversation_id} />
    <div class="answer-foot">
      ${newest && isAsker(message.conversation_id, message.reply_to) && html`
        <button class="answer-again" onClick=${() => void attempt(() => regenerate(message))}><${Icon} name="refresh" size=${14} />${t('answer.again')}</button>`}
      <span class="spring"></span><${Meta} message=${message} entry=${entry} mine=${false} />
    </div>
  `;
}

/** @param {{ writing: Writing, before: Message }} props `before` is the answer as it was, where it is written anew */
function Writing({ writing, before }) {
  const { phase, text, stopping, error } = writing.progress.value;
  const stoppable = (phase === 'waiting' || phase === 'writing') && isAsker(writing.conversationId, writing.question);
  const old = before.content.text;
  return html`
    ${!text && old && html`<${AnswerText} class="answer-old" text=${old} citations=${before.citations ?? []} />`}
    ${text && html`<${AnswerText} class=${phase === 'writing' ? 'answer-writing' : ''} text=${text} citations=${undefined} />`}
    ${phase === 'failed' && html`<p class="answer-failed" role="alert"><${Icon} name="alert" size=${16} /><span>${failureOf(error)}</span></p>`}
    ${phase !== 'failed' && html`
      <div class="answer-foot">
        <span class="answer-state" role="status"><span class="typing-dots" aria-hidden="true"><i></i><i></i><i></i></span>${t(stopping ? 'answer.stopping' : text ? 'answer.writing' : 'answer.thinking')}<${Seconds} since=${writing.since} /></span>
        <span class="spring"></span>
        ${stoppable && html`<button class="button answer-stop" disabled=${stopping} onClick=${() => void attempt(() => stopAnswer(writing))}><span class="stop-mark" aria-hidden="true"></span>${t('answer.stop')}</button>`}
      </div>`}
  `;
}

/** How long it takes, from the second second on. @param {{ since: number }} props ms since the epoch */
function Seconds({ since }) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.floor((Date.now() - since) / 1_000);
  return seconds > 1 ? html`<span aria-hidden="true"> · ${duration(seconds)}</span>` : null;
}
