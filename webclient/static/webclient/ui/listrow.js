// @ts-check
// One conversation in the list: who, what was said last, and what waits for the person.
import { messageOf } from '../store/commands.js';
import { openConversation, openId } from '../store/router.js';
import { answersIn } from '../store/answers.js';
import { isPrivate, setOwnState } from '../store/conversations.js';
import { isHidden } from '../store/events.js';
import { progressOf } from '../store/receipts.js';
import { typing } from '../store/presence.js';
import { myId } from '../store/session.js';
import { attempt } from '../store/toasts.js';
import { nameOf } from '../store/users.js';
import { listTime } from '../i18n/time.js';
import { t } from '../i18n/index.js';
import { wordsOf } from './agents/words.js';
import { ConversationAvatar } from './avatar.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { useLongPress } from './longpress.js';
import { plainText } from './markdown.js';
import { showMenu } from './menu.js';
import { systemText } from './system.js';
import { Tick } from './tick.js';

/** @typedef {import('../store/types.js').Conversation} Conversation */
/** @typedef {import('../store/types.js').Command} Command */

/** @param {{ entry: Conversation, title: string, waiting?: Command }} props */
export function ListRow({ entry, title, waiting }) {
  const selected = openId.value === entry.id;
  const press = useLongPress((event) => openRowMenu(event, entry));
  const at = waiting?.at ?? entry.last_message?.created_at;
  return html`
    <div role="listitem" class="row-item">
      <a class="row" href=${`/c/${entry.id}`} data-id=${entry.id} aria-current=${selected ? 'page' : undefined}
        onClick=${(/** @type {MouseEvent} */ event) => open(event, entry.id)} ...${press}>
        <${ConversationAvatar} entry=${entry} dot />
        <span class="row-text">
          <span class="row-line">
            <span class="row-title">${title}</span>
            ${entry.kind === 'agent' && html`<span class="tag tag-accent">${t('person.agent')}</span>`}
            ${entry.muted && html`<${Icon} name="bellOff" size=${14} class="row-muted" label=${t('list.muted')} />`}
            <span class="spring"></span>
            ${at && html`<time class="row-time" datetime=${at}>${listTime(at)}</time>`}
          </span>
          <span class="row-line">
            <span class="row-preview"><${Preview} entry=${entry} waiting=${waiting} /></span>
            <${RowEnd} entry=${entry} waiting=${waiting} selected=${selected} />
          </span>
        </span>
      </a>
    </div>
  `;
}


/** @param {MouseEvent} event @param {string} id */
function open(event, id) {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  openConversation(id);
}

/** @param {{ entry: Conversation, waiting?: Command }} props */
function Preview({ entry, waiting }) {
  const writers = [...(typing.value.get(entry.id) ?? []), ...answersIn(entry.id).flatMap(({ agentId }) => agentId ?? [])];
  if (writers.length) {
    return html`<span class="accent-text">${isPrivate(entry) ? t('typing.self') : t('typing.one', { name: nameOf(writers[0]), count: 1 })}</span>`;
  }
  if (entry.draft && openId.value !== entry.id) return html`<span class="danger-text">${t('list.draft')}</span> ${entry.draft}`;
  if (waiting) return html`<span class="strong">${t('list.you')}</span>${summaryOf(messageOf(waiting))}`;
  const message = entry.last_message;
  if (!message) return html`${t('list.noMessages')}`;
  if (message.kind === 'system') return html`${systemText(message)}`;
  const mine = message.sender_id === myId.value;
  const who = mine ? t('list.you') : isPrivate(entry) ? '' : t('list.sender', { name: nameOf(message.sender_id) });
  return html`
    ${entry.mention_count > 0 && html`<span class="accent-text strong">${t('list.mention')} </span>`}
    ${who && html`<span class="row-sender">${who}</span>`}${summaryOf(message)}
  `;
}

/** A message in one line. @param {import('../store/types.js').Message} message */
export function summaryOf(message) {
  if (message.recalled) return t('message.recalledShort');
  if (isHidden(message)) return t('message.hiddenShort');
  if (message.kind === 'text') return plainText(wordsOf(message)) || t('message.removedShort');
  const { file, text } = message.content;
  const words = text ? plainText(text) : message.kind === 'file' ? file?.filename ?? '' : '';
  return `${t(`kind.${message.kind}`)} ${words}`.trim();
}

/** @param {{ entry: Conversation, waiting?: Command, selected: boolean }} props */
function RowEnd({ entry, waiting }) {
  if (entry.unread_count > 0) {
    const count = entry.unread_count > 99 ? '99+' : entry.unread_count;
    return html`
      ${entry.mention_count > 0 && html`<span class="badge badge-round" role="img" aria-label=${t('list.mentioned')}>@</span>`}
      <span class=${`badge ${entry.muted ? 'badge-muted' : ''}`} aria-label=${t('list.unreadCount', { count: entry.unread_count })} role="img">${count}</span>`;
  }
  if (waiting) return html`<${Tick} state=${waiting.state === 'failed' ? 'failed' : 'sending'} />`;
  if (entry.pinned) return html`<${Icon} name="pin" size=${16} class="row-pin" label=${t('list.pinned')} />`;
  const message = entry.last_message;
  if (!message || message.sender_id !== myId.value || message.kind === 'system' || message.recalled || isHidden(message)) return null;
  return html`<${Tick} state=${progressOf(entry, message.seq)} />`;
}

/** What one can do with a conversation as one's own. @param {Conversation} entry */
export function ownActions(entry) {
  /** @param {'muted' | 'pinned' | 'archived'} field */
  const toggle = (field) => () => void attempt(() => setOwnState(entry.id, { [field]: !entry[field] }));
  return [
    { icon: entry.pinned ? 'pinOff' : 'pin', label: t(entry.pinned ? 'list.unpin' : 'list.pin'), run: toggle('pinned') },
    { icon: entry.muted ? 'bell' : 'bellOff', label: t(entry.muted ? 'list.unmute' : 'list.mute'), run: toggle('muted') },
    { icon: entry.archived ? 'unarchive' : 'archive', label: t(entry.archived ? 'list.unarchive' : 'list.archive'), run: toggle('archived') },
  ];
}

/** @param {import('./longpress.js').MenuEvent} event @param {Conversation} entry */
function openRowMenu(event, entry) {
  event.preventDefault();
  showMenu(event, ownActions(entry));
}
