// @ts-check
// Reactions under a message: mine in accent, others plain, and one more.
import { isMine, toggleReaction } from '../store/commands.js';
import { nameOf } from '../store/users.js';
import { t } from '../i18n/index.js';
import { EmojiPicker } from './emoji.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { closeMenu, showMenu } from './menu.js';

/** @typedef {import('../store/types.js').Message} Message */

/** @param {{ message: Message }} props */
export function Reactions({ message }) {
  const entries = Object.entries(message.reactions ?? {}).filter(([, reaction]) => reaction.count > 0);
  if (!entries.length) return null;
  return html`
    <div class="reactions">
      ${entries.map(([emoji, reaction]) => html`
        <button key=${emoji} class="reaction" aria-pressed=${isMine(reaction)} title=${reaction.user_ids.slice(0, 12).map(nameOf).join(t('list.comma'))}
          aria-label=${t('message.reaction', { emoji, count: reaction.count })} onClick=${() => toggleReaction(message, emoji)}>
          <span class="emoji">${emoji}</span><span class="reaction-count">${reaction.count}</span>
        </button>`)}
      <button class="reaction reaction-add" aria-label=${t('message.react')} onClick=${(/** @type {MouseEvent} */ event) => pickReaction(event, message)}><${Icon} name="smile" size=${16} /></button>
    </div>
  `;
}

/** @param {MouseEvent} event @param {Message} message */
export function pickReaction(event, message) {
  const pick = (/** @type {string} */ emoji) => {
    closeMenu();
    toggleReaction(message, emoji);
  };
  showMenu(event, [], { head: html`<${EmojiPicker} onPick=${pick} />` });
}
