// @ts-check
// A message's bubble: the quote it answers, its text, and at the end of the last line the time and the tick.
import { isAgent } from '../store/agents.js';
import { logOf } from '../store/logs.js';
import { progressOf } from '../store/receipts.js';
import { myId } from '../store/session.js';
import { hueOf, nameOf } from '../store/users.js';
import { clockTime, fullTime } from '../i18n/time.js';
import { t } from '../i18n/index.js';
import { AnswerBubble } from './agents/answer.js';
import { askBeforeOpening } from './agents/links.js';
import { goToMessage } from './goto.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { summaryOf } from './listrow.js';
import { renderMarkdown } from './markdown.js';
import { Album } from './media/album.js';
import { Attachment } from './media/attachment.js';
import { openOverlay } from './overlays.js';
import { pinned } from './pins.js';
import { Tick } from './tick.js';

/** @typedef {import('../store/types.js').Message} Message */
/** @typedef {import('../store/types.js').Conversation} Conversation */

const ONLY_EMOJI = /^(?:\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier}|\u200D\p{Extended_Pictographic})*\s*){1,3}$/u;

/** @param {{ message: Message, entry?: Conversation, mine: boolean, album?: Message[] }} props `album` is pictures that stand together, the last being the message */
export function Bubble({ message, entry, mine, album }) {
  const { text, file } = message.content;
  if (message.kind === 'text' && text !== undefined && message.reply_to && isAgent(message.sender_id)) return html`<${AnswerBubble} message=${message} entry=${entry} />`;
  const large = text && !message.reply_to && ONLY_EMOJI.test(text);
  const classes = ['bubble', mine ? 'bubble-own' : '', message.state === 'failed' ? 'bubble-failed' : '', large ? 'bubble-emoji' : '', file ? `bubble-file bubble-${message.kind}` : '', file && text === undefined ? 'bubble-bare' : ''];
  return html`
    <div class=${classes.join(' ')}>
      ${message.reply_to && html`<${Quote} id=${message.conversation_id} messageId=${message.reply_to} />`}
      ${file && (album ? html`<${Album} messages=${album} />` : html`<${Attachment} message=${message} />`)}
      ${file && text === undefined
        ? html`<${Meta} message=${message} entry=${entry} mine=${mine} />`
        : html`<div class="bubble-text" dir="auto">
            ${text === undefined ? html`<p class="removed">${message.kind === 'text' ? t('message.removed') : t(`kind.${message.kind}`)}</p>` : renderMarkdown(text, contextOf(message))}
            <${Meta} message=${message} entry=${entry} mine=${mine} />
          </div>`}
    </div>
  `;
}

/** Pin, edited, time and tick. @param {{ message: Message, entry?: Conversation, mine: boolean }} props */
export function Meta({ message, entry, mine }) {
  const isPinned = pinned.value.get(message.conversation_id)?.has(message.message_id);
  return html`
    <span class="bubble-meta">
      ${isPinned && html`<${Icon} name="pin" size=${12} label=${t('message.pinned')} />`}
      ${message.edited_at && html`<span title=${fullTime(message.edited_at)}>${t('message.edited')}</span>`}
      <time datetime=${message.created_at} title=${fullTime(message.created_at)}>${clockTime(message.created_at)}</time>
      ${mine && message.state !== 'failed' && html`<${Tick} state=${message.state ?? (entry ? progressOf(entry, message.seq) : 'stored')} />`}
    </span>
  `;
}

/** @param {Message} message @returns {import('./markdown.js').Context} */
function contextOf(message) {
  if (isAgent(message.sender_id)) return { openLink: askBeforeOpening };
  if (!message.mentions?.length) return {};
  const names = new Map(message.mentions.map((id) => [id, id === 'all' ? everyoneIn(message.content.text) : nameOf(id)]));
  return { names, me: myId.value, onMention: (userId) => void (userId !== 'all' && openOverlay('person', { userId })) };
}

/** The word for everyone that the writer's language used. @param {string} text */
function everyoneIn(text) {
  return text.includes('@所有人') ? '所有人' : 'all';
}

/** @param {{ id: string, messageId: string }} props */
export function Quote({ id, messageId }) {
  const quoted = logOf(id).find(messageId);
  const hue = quoted ? hueOf(quoted.sender_id) : 4;
  return html`
    <button type="button" class=${`quote hue-edge-${hue}`} onClick=${() => goToMessage(id, messageId)}>
      <span class=${`quote-name hue-text-${hue}`}>${quoted ? nameOf(quoted.sender_id) : t('message.quote')}</span>
      <span class="quote-text">${quoted ? summaryOf(quoted) : t('message.quoteGone')}</span>
    </button>
  `;
}
