// @ts-check
// From messages to rows: day separators, the unread divider, and groups of one sender within five minutes.
import { rowKeyOf } from '../store/answers.js';
import { isHidden } from '../store/events.js';
import { startOfDay } from '../i18n/time.js';

/** @typedef {import('../store/types.js').Message} Message */
/**
 * @typedef {{ key: string, type: 'day' | 'unread' | 'system' | 'recalled' | 'hidden' | 'message', message: Message, first: boolean, last: boolean, newestOwn: boolean, album?: Message[], below?: number }} LogRow
 * `below` is how many messages stand below the unread divider, `album` is the pictures that the row shows as one grid; its key is the first one's, its message the last
 */

const GROUP_MS = 5 * 60_000;
const ALBUM_MS = 60_000;
const MOST_IN_ALBUM = 12;

/**
 * @param {Message[]} messages by rising seq
 * @param {number | null} readAtOpening the divider stands above the first message of another after this seq
 * @param {string} myId whose newest message tells who has read it
 * @returns {LogRow[]}
 */
export function layOut(messages, readAtOpening, myId) {
  /** @type {LogRow[]} */
  const rows = [];
  let day = 0;
  let divided = readAtOpening === null;
  const newestOwn = messages.findLast((message) => message.sender_id === myId && message.kind !== 'system' && !message.recalled && !isHidden(message) && !message.state);
  messages.forEach((message, index) => {
    const thisDay = startOfDay(Date.parse(message.created_at));
    if (thisDay !== day) rows.push(row(`day ${thisDay}`, 'day', message));
    day = thisDay;
    if (!divided && message.seq > (readAtOpening ?? 0) && message.kind !== 'system' && message.state === undefined) {
      rows.push({ ...row('unread', 'unread', message), below: messages.length - index });
      divided = true;
    }
    const type = message.kind === 'system' ? 'system' : message.recalled ? 'recalled' : isHidden(message) ? 'hidden' : 'message';
    rows.push({ ...row(rowKeyOf(message), type, message), newestOwn: message === newestOwn });
  });
  return gather(join(rows));
}

/** @param {string} key @param {LogRow['type']} type @param {Message} message @returns {LogRow} */
function row(key, type, message) {
  return { key, type, message, first: true, last: true, newestOwn: false };
}

/** Mark where groups begin and end. @param {LogRow[]} rows */
function join(rows) {
  rows.forEach((current, index) => {
    const next = rows[index + 1];
    if (!next || !follows(current, next)) return;
    current.last = false;
    next.first = false;
  });
  return rows;
}

/** @param {LogRow} a @param {LogRow} b */
function follows(a, b) {
  return (
    a.type === 'message' && b.type === 'message' && a.message.sender_id === b.message.sender_id &&
    Date.parse(b.message.created_at) - Date.parse(a.message.created_at) < GROUP_MS
  );
}

/** Make one row of pictures that were sent together. @param {LogRow[]} rows */
function gather(rows) {
  /** @type {LogRow[]} */
  const gathered = [];
  for (const current of rows) {
    const before = gathered.at(-1);
    if (!before || !belongs(before, current)) {
      gathered.push(current);
      continue;
    }
    const album = [...(before.album ?? [before.message]), current.message];
    gathered[gathered.length - 1] = { ...current, key: before.key, first: before.first, newestOwn: current.newestOwn, album };
  }
  return gathered;
}

/** Whether a picture follows on another: words, an answer or a reaction of the former end the grid. @param {LogRow} before @param {LogRow} current */
function belongs(before, current) {
  const [a, b] = [before.message, current.message];
  return (
    !before.last && isPicture(before) && isPicture(current) && (before.album?.length ?? 1) < MOST_IN_ALBUM && !b.reply_to && !a.content.text && !a.edited_at &&
    !Object.keys(a.reactions).length && Date.parse(b.created_at) - Date.parse(a.created_at) < ALBUM_MS
  );
}

/** @param {LogRow} row */
const isPicture = ({ type, message }) => type === 'message' && message.kind === 'image' && !!message.content.file && message.content.file.status !== 'rejected' && message.state !== 'failed';
