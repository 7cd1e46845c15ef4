// @ts-check
// One thing that was found: a message, a file, a chat or a person. Each is an option of the list of results.
import { conversationOf, titleOf } from '../../store/conversations.js';
import { openConversation } from '../../store/router.js';
import { rememberSearch } from '../../store/recentsearches.js';
import { active, found } from '../../store/search.js';
import { hit, openHit, query } from '../../store/searchquery.js';
import { myId } from '../../store/session.js';
import { hueOf, nameOf, plainName } from '../../store/users.js';
import { fileSize } from '../../i18n/filesize.js';
import { foundTime, fullTime } from '../../i18n/time.js';
import { t } from '../../i18n/index.js';
import { AvatarPicture, ConversationAvatar, letterOf, UserAvatar } from '../avatar.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { openOverlay } from '../overlays.js';
import { Snippet } from './snippet.js';

/** @typedef {import('../../store/types.js').MessageHit} MessageHit */
/** @typedef {import('../../store/types.js').Message} Message */
/** @typedef {import('../../store/searchquery.js').Tab} Tab */

/** @type {Record<Tab, { key: (row: any) => string, draw: (row: any) => any, open: (row: any) => void }>} */
const KINDS = {
  messages: { key: (row) => row.message.message_id, draw: (row) => html`<${MessageFound} row=${row} />`, open: (row) => openMessage(row.message) },
  files: { key: (row) => row.message.message_id, draw: (row) => html`<${FileFound} row=${row} />`, open: (row) => openMessage(row.message) },
  groups: { key: (row) => row.id, draw: (row) => html`<${GroupFound} row=${row} />`, open: (row) => openConversation(row.id) },
  users: { key: (row) => row.id, draw: (row) => html`<${PersonFound} row=${row} />`, open: (row) => openOverlay('person', { userId: row.id }) },
};

/** @param {Message} message */
const openMessage = (message) => openHit({ c: message.conversation_id, m: message.message_id, s: message.seq });

/** Go where a row of the open tab leads. @param {number} index */
export function openFound(index) {
  const { tab, q } = query.value;
  const row = found.value.get(tab)?.rows[index];
  if (!row) return;
  active.value = index;
  rememberSearch(q);
  KINDS[tab].open(row);
}

/** @param {{ tab: Tab, rows: any[] }} props */
export function FoundRows({ tab, rows }) {
  const open = hit.value?.m;
  return rows.map((row, index) => html`
    <div key=${KINDS[tab].key(row)} id=${`found-${index}`} class="found" role="option" aria-selected=${index === active.value} data-open=${!!open && KINDS[tab].key(row) === open}
      onClick=${() => openFound(index)}>${KINDS[tab].draw(row)}</div>`);
}

/** @param {{ row: MessageHit }} props */
function MessageFound({ row: { message, highlights } }) {
  const marked = highlights.some((fragment) => fragment.ranges.length > 0);
  const text = message.content.text ?? '';
  const fragments = highlights.length ? highlights : [{ text, ranges: [] }];
  return html`
    <${UserAvatar} id=${message.sender_id} size=${36} />
    <span class="found-text">
      <${Head} message=${message} />
      ${message.kind !== 'text' && html`<span class="found-kind">${t(`kind.${message.kind}`)} ${message.content.file?.filename ?? ''}</span>`}
      ${text && html`<${Snippet} fragments=${fragments} />`}
      ${!marked && html`<span class="found-note"><${Icon} name="globe" size=${14} />${t('search.byMeaning')}</span>`}
    </span>
  `;
}

/** Who, where and when. @param {{ message: Message }} props */
function Head({ message }) {
  return html`
    <span class="found-head">
      <span class="found-name">${nameOf(message.sender_id)}</span><span class="found-place">${placeOf(message)}</span>
      <time class="found-time" datetime=${message.created_at} title=${fullTime(message.created_at)}>${foundTime(message.created_at)}</time>
    </span>
  `;
}

/** The chat of a message; between two people, whom it went to. @param {Message} message */
function placeOf(message) {
  const entry = conversationOf(message.conversation_id);
  if (!entry) return '';
  if (entry.kind !== 'direct') return titleOf(entry);
  return message.sender_id === myId.value ? t('search.to', { name: titleOf(entry) }) : t('new.direct');
}

/** @param {{ row: { message: Message, highlights?: import('../../store/types.js').Fragment[] } }} props */
function FileFound({ row: { message, highlights } }) {
  const file = message.content.file ?? {};
  const fragments = highlights?.length ? highlights : [{ text: file.filename ?? t(`kind.${message.kind}`), ranges: [] }];
  return html`
    <span class="found-file"><${Icon} name=${message.kind === 'image' ? 'image' : message.kind === 'voice' ? 'mic' : 'fileText'} /></span>
    <span class="found-text">
      <span class="found-head"><span class="found-name"><${Snippet} fragments=${fragments} /></span><time class="found-time" datetime=${message.created_at}>${foundTime(message.created_at)}</time></span>
      <span class="found-sub">${[nameOf(message.sender_id), placeOf(message), file.size ? fileSize(file.size) : ''].filter(Boolean).join(' · ')}</span>
    </span>
  `;
}

/** @param {{ row: { id: string, kind: string, title: string, name?: string, avatar_url?: string | null, member_count: number } }} props */
function GroupFound({ row }) {
  const entry = conversationOf(row.id);
  const title = entry ? titleOf(entry) : row.title || row.name || '';
  return html`
    ${entry ? html`<${ConversationAvatar} entry=${entry} size=${36} />` : html`<span class=${`avatar avatar-36 avatar-group hue-${hueOf(row.id)}`}>${letterOf(title, false)}<${AvatarPicture} url=${row.avatar_url} /></span>`}
    <span class="found-text"><span class="found-name">${title}</span><span class="found-sub">${t('group.members', { count: row.member_count })}</span></span>
  `;
}

/** @param {{ row: import('../../store/types.js').User }} props */
function PersonFound({ row }) {
  return html`
    <${UserAvatar} id=${row.id} size=${36} dot />
    <span class="found-text"><span class="found-name">${nameOf(row.id) === '…' ? plainName(row) : nameOf(row.id)}</span><span class="found-sub">@${row.username}</span></span>
  `;
}
