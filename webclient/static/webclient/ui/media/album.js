// @ts-check
// Pictures that were sent together, as one grid. Each tile is its own message, with its own menu.
import { conversationOf } from '../../store/conversations.js';
import { openMessageMenu } from '../actions.js';
import { useFlash } from '../flash.js';
import { html } from '../html.js';
import { useLongPress } from '../longpress.js';
import { Tile } from './picture.js';

/** @typedef {import('../../store/types.js').Message} Message */

const COLUMNS = 6;

/** How many of six columns a tile takes: full rows of three, and a first row of one or two for what is over. @param {number} index @param {number} count */
export function spanOf(index, count) {
  if (count === 2 || count === 4) return 3;
  if (count === 3) return index ? 3 : COLUMNS;
  const over = count % 3;
  return index < over ? COLUMNS / over : 2;
}

/** @param {{ messages: Message[] }} props by rising seq */
export function Album({ messages }) {
  return html`<div class="album">${messages.map((message, index) => html`<${AlbumTile} key=${message.client_msg_id || message.message_id} message=${message} index=${index} count=${messages.length} />`)}</div>`;
}

/** The row has the key of the first and the id of the last message; its tiles have those of the others. @param {{ message: Message, index: number, count: number }} props */
function AlbumTile({ message, index, count }) {
  const press = useLongPress((event) => {
    openMessageMenu(event, message, conversationOf(message.conversation_id));
    if (event instanceof Event) event.stopPropagation();
  });
  const ref = useFlash(message.message_id);
  const span = spanOf(index, count);
  return html`
    <div ref=${ref} class="album-tile" data-key=${index ? message.client_msg_id || message.message_id : undefined} data-message-id=${index < count - 1 ? message.message_id : undefined}
      style=${{ gridColumn: `span ${span}`, aspectRatio: span === COLUMNS ? '2' : '1' }} ...${press} onTouchStart=${(/** @type {TouchEvent} */ event) => { event.stopPropagation(); press.onTouchStart(event); }}><${Tile} message=${message} /></div>
  `;
}
