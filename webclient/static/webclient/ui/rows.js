// @ts-check
// What stands in the log: separators, notices, and messages with their bubble, reactions and state.
import { isAgent } from '../store/agents.js';
import { conversationOf, isPrivate } from '../store/conversations.js';
import { discardMessage, retryMessage, uploadOf } from '../store/fileuploads.js';
import { readersOf } from '../store/receipts.js';
import { rosterOf } from '../store/members.js';
import { config, myId } from '../store/session.js';
import { hueOf, nameOf, userOf } from '../store/users.js';
import { clockTime, dayLabel, fullTime } from '../i18n/time.js';
import { t } from '../i18n/index.js';
import { openMessageMenu, MessageTools, rewrite } from './actions.js';
import { SummaryButton, WORTH_IT } from './agents/summary.js';
import { UserAvatar } from './avatar.js';
import { Bubble } from './bubble.js';
import { useFlash } from './flash.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { openOverlay } from './overlays.js';
import { useLongPress } from './longpress.js';
import { Reactions } from './reactions.js';
import { systemText } from './system.js';

/** @typedef {import('./layout.js').LogRow} LogRow */
/** @typedef {import('../store/types.js').Message} Message */

/** @param {{ row: LogRow, id: string }} props */
export function Row({ row, id }) {
  const { type, message } = row;
  if (type === 'day') return html`<div class="day" role="separator"><span>${dayLabel(message.created_at)}</span></div>`;
  if (type === 'unread') return html`<div class="unread-divider" role="separator"><span>${t('chat.newBelow')}</span>${(row.below ?? 0) > WORTH_IT && html`<${SummaryButton} id=${id} afterSeq=${message.seq - 1} />`}</div>`;
  if (type === 'system') {
    return html`<div class="notice" data-key=${row.key} data-seq=${message.seq}><span>${systemText(message)}</span></div>`;
  }
  if (type === 'recalled' || type === 'hidden') return html`<${Gone} row=${row} />`;
  return html`<${MessageRow} row=${row} id=${id} />`;
}

/** What is left of a message that was recalled by its writer or hidden by moderators. @param {{ row: LogRow }} props */
function Gone({ row: { key, type, message } }) {
  const mine = message.sender_id === myId.value;
  const text = mine ? t(`message.${type}Mine`) : t(`message.${type}`, { name: nameOf(message.sender_id) });
  return html`
    <div class=${`notice notice-recalled notice-${type}`} data-key=${key} data-seq=${message.seq} data-message-id=${message.message_id}>
      <${Icon} name=${type === 'hidden' ? 'eyeOff' : 'undo'} size=${14} /><span>${text} · <time datetime=${message.created_at}>${clockTime(message.created_at)}</time></span>
    </div>
  `;
}

/** @param {{ row: LogRow, id: string }} props */
function MessageRow({ row, id }) {
  const { message, first, last } = row;
  const entry = conversationOf(id);
  const mine = message.sender_id === myId.value;
  const agent = isAgent(message.sender_id);
  const named = !mine && !isPrivate(entry);
  const ref = useFlash(message.message_id);
  const press = useLongPress((event) => openMessageMenu(event, message, entry));
  return html`
    <article ref=${ref} class=${`message ${mine ? 'message-own' : ''} ${agent ? 'message-agent' : ''} ${first ? 'message-first' : ''} ${last ? 'message-last' : ''}`}
      data-key=${row.key} data-seq=${message.seq} data-message-id=${message.message_id} aria-label=${t('message.label', { name: nameOf(message.sender_id), time: fullTime(message.created_at) })}
      ...${press}>
      ${!mine && html`<span class="message-face">${first && html`<button class="face-button" tabindex="-1" onClick=${() => openOverlay('person', { userId: message.sender_id })}><${UserAvatar} id=${message.sender_id} /></button>`}</span>`}
      <div class="message-body">
        ${named && first && html`<${Sender} id=${id} userId=${message.sender_id} />`}
        <div class="bubble-line">
          <${Bubble} message=${message} entry=${entry} mine=${mine} album=${row.album} />
          ${!message.state && html`<${MessageTools} message=${message} entry=${entry} />`}
        </div>
        ${message.state === 'failed' && html`<${NotSent} message=${message} />`}
        <${Reactions} message=${message} />
        ${mine && row.newestOwn && entry && !isPrivate(entry) && html`<${ReadBy} message=${message} id=${id} />`}
      </div>
    </article>
  `;
}

/** @param {{ id: string, userId: string }} props */
function Sender({ id, userId }) {
  const role = rosterOf(id).members.find((row) => row.user.id === userId)?.role;
  const kind = userOf(userId)?.kind;
  return html`
    <div class="sender">
      <button class=${`sender-name ${kind === 'agent' ? 'sender-agent' : `hue-text-${hueOf(userId)}`}`} onClick=${() => openOverlay('person', { userId })}>${nameOf(userId)}</button>
      ${role && role !== 'member' && html`<span class=${`tag ${role === 'owner' ? 'tag-accent' : ''}`}>${t(`role.${role}`)}</span>`}
      ${kind && kind !== 'person' && html`<span class=${`tag ${kind === 'agent' ? 'tag-accent' : ''}`}>${t(`person.${kind}`)}</span>`}
    </div>
  `;
}

/** @param {{ message: Message }} props */
function NotSent({ message }) {
  return html`
    <div class="not-sent" role="alert">
      <${Icon} name="alert" size=${16} /><span>${t('message.notSent')}${message.error ? html`<span class="not-sent-why"> · ${message.error}</span>` : ''}</span>
      ${message.code === 'CONTENT_REJECTED' && message.kind === 'text'
        ? html`<button class="link" onClick=${() => rewrite(message)}>${t('message.edit')}</button>`
        : uploadOf(message.client_msg_id)?.retriable !== false && html`<button class="link" onClick=${() => retryMessage(message.client_msg_id)}>${t('message.retry')}</button>`}
      <button class="link link-quiet" onClick=${() => discardMessage(message.client_msg_id)}>${t('message.delete')}</button>
    </div>
  `;
}

/** Up to how many members everyone's receipts are told; above it the server is asked who has read. */
const receiptMembers = () => config.value.limits?.receipt_members ?? 50;

/** @param {{ message: Message, id: string }} props */
function ReadBy({ message, id }) {
  const entry = conversationOf(id);
  if ((entry?.member_count ?? 0) > receiptMembers()) {
    return html`<button class="read-by" onClick=${() => openOverlay('readers', { message })}><${Icon} name="eye" size=${16} /><span>${t('message.readers')}</span></button>`;
  }
  const readers = readersOf(id, message.seq);
  if (!readers.length) return null;
  return html`
    <button class="read-by" onClick=${() => openOverlay('readers', { message })}>
      <span>${t('message.readBy', { count: readers.length })}</span>
      <span class="read-faces">${readers.slice(0, 3).map((userId) => html`<${UserAvatar} key=${userId} id=${userId} size=${20} />`)}</span>
    </button>
  `;
}
