// @ts-check
// What can be done with a message: the tools beside its bubble and its menu.
import { conversations } from '../api/endpoints.js';
import { isAgent } from '../store/agents.js';
import { isAsker, regenerate } from '../store/answers.js';
import { recall, toggleReaction } from '../store/commands.js';
import { isPrivate } from '../store/conversations.js';
import { putIntoDraft, setTarget } from '../store/drafts.js';
import { isHidden } from '../store/events.js';
import { logOf } from '../store/logs.js';
import { discard } from '../store/outbox.js';
import { config, myId } from '../store/session.js';
import { attempt, toast } from '../store/toasts.js';
import { t } from '../i18n/index.js';
import { wordsOf } from './agents/words.js';
import { copyText } from './clipboard.js';
import { QUICK } from './emoji.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { closeMenu, showMenu } from './menu.js';
import { focusComposer } from './composer.js';
import { confirm, openOverlay } from './overlays.js';
import { pinned } from './pins.js';
import { pickReaction } from './reactions.js';
import { reportMessage } from './reports/dialog.js';

/** @typedef {import('../store/types.js').Message} Message */
/** @typedef {import('../store/types.js').Conversation} Conversation */

/** @param {{ message: Message, entry?: Conversation }} props */
export function MessageTools({ message, entry }) {
  return html`
    <div class="message-tools" role="toolbar" aria-label=${t('message.tools')}>
      <button class="icon-button icon-button-small" aria-label=${t('message.react')} title=${t('message.react')} onClick=${(/** @type {MouseEvent} */ event) => pickReaction(event, message)}><${Icon} name="smilePlus" size=${18} /></button>
      <button class="icon-button icon-button-small" aria-label=${t('message.reply')} title=${t('message.reply')} onClick=${() => replyTo(message)}><${Icon} name="reply" size=${18} /></button>
      <button class="icon-button icon-button-small" aria-haspopup="menu" aria-label=${t('action.more')} title=${t('action.more')} onClick=${(/** @type {MouseEvent} */ event) => openMessageMenu(event, message, entry)}><${Icon} name="more" size=${18} /></button>
    </div>
  `;
}

/** @param {Message} message */
export function replyTo(message) {
  setTarget(message.conversation_id, { kind: 'reply', message });
  focusComposer();
}

/** @param {Message} message */
export function startEdit(message) {
  setTarget(message.conversation_id, { kind: 'edit', message });
  focusComposer();
}

/** Take the words of a refused message back into the composer, above what stands there. @param {Message} message */
export function rewrite(message) {
  const id = message.conversation_id;
  const answered = message.reply_to ? logOf(id).find(message.reply_to) : undefined;
  discard(message.client_msg_id);
  setTarget(id, answered ? { kind: 'reply', message: answered } : null);
  putIntoDraft(id, message.content.text ?? '');
  focusComposer();
}

/** Whether the caller may still edit a message, by the server's window. @param {Message} message */
export function mayEdit(message) {
  return message.sender_id === myId.value && message.kind === 'text' && !message.recalled && !isHidden(message) && !message.state && inWindow(message, 'edit_window_s');
}

/** @param {Message} message @param {Conversation | undefined} entry */
function mayRecall(message, entry) {
  if (entry?.role === 'owner' || entry?.role === 'admin') return true;
  return message.sender_id === myId.value && inWindow(message, 'recall_window_s', 120);
}

/** @param {Message} message @param {string} name @param {number} [otherwise] s */
function inWindow(message, name, otherwise) {
  const seconds = config.value.limits?.[name] ?? otherwise;
  return !seconds || Date.now() - Date.parse(message.created_at) < seconds * 1_000;
}

/** @param {import('./longpress.js').MenuEvent} event @param {Message} message @param {Conversation} [entry] */
export function openMessageMenu(event, message, entry) {
  if (message.state || (event.type === 'contextmenu' && isText(event))) return;
  event.preventDefault();
  const id = message.conversation_id;
  const isPinned = pinned.value.get(id)?.has(message.message_id);
  const mayPin = entry && (isPrivate(entry) || entry.role === 'owner' || entry.role === 'admin');
  const items = [
    { icon: 'reply', label: t('message.reply'), run: () => replyTo(message) },
    isAgent(message.sender_id) && message.reply_to && isAsker(id, message.reply_to) && { icon: 'refresh', label: t('answer.again'), run: () => void attempt(() => regenerate(message)) },
    { icon: 'copy', label: t('message.copy'), run: () => void copy(message) },
    mayEdit(message) && { icon: 'edit', label: t('message.edit'), run: () => startEdit(message) },
    mayPin && { icon: isPinned ? 'pinOff' : 'pin', label: t(isPinned ? 'message.unpin' : 'message.pin'), run: () => void togglePin(message, !isPinned) },
    message.sender_id === myId.value && { icon: 'eye', label: t('message.readers'), run: () => openOverlay('readers', { message }) },
    message.sender_id !== myId.value && { icon: 'flag', label: t('report.do'), danger: true, run: () => reportMessage(message) },
    mayRecall(message, entry) && { icon: 'undo', label: t('message.recall'), danger: true, run: () => void askRecall(message) },
  ];
  showMenu(event, /** @type {any} */ (items.filter(Boolean)), { head: quickReactions(message) });
}

/** Whether the pointer is over a link or a selection, whose own menu serves better. @param {import('./longpress.js').MenuEvent} event */
function isText(event) {
  return !!getSelection()?.toString() || !!(/** @type {Element} */ (event.target).closest('a'));
}

/** @param {Message} message */
function quickReactions(message) {
  return html`
    <div class="quick-reactions">
      ${QUICK.map((emoji) => html`<button key=${emoji} class="emoji-cell emoji" aria-label=${emoji} onClick=${() => { closeMenu(); toggleReaction(message, emoji); }}>${emoji}</button>`)}
    </div>
  `;
}

/** @param {Message} message */
async function copy(message) {
  toast(t((await copyText(wordsOf(message))) ? 'action.copied' : 'action.copyFailed'));
}

/** @param {Message} message @param {boolean} on */
async function togglePin(message, on) {
  const { conversation_id: id, message_id: messageId } = message;
  await attempt(() => (on ? conversations.pin(id, messageId) : conversations.unpin(id, messageId)), t(on ? 'pins.added' : 'pins.removed'));
}

/** @param {Message} message */
async function askRecall(message) {
  if (await confirm({ title: t('message.recallAsk'), text: t('message.recallText'), action: t('message.recall'), danger: true })) recall(message);
}
