// @ts-check
// A small set of emoji, by what people say with them.
import { t } from '../i18n/index.js';
import { moveFocus } from './focus.js';
import { html } from './html.js';

/** @type {Array<[string, string]>} */
const SETS = [
  ['smiles', '😀 😄 😁 😅 😂 🤣 🙂 😉 😊 😍 😘 😋 😎 🤩 🥳 🤔 🤨 😐 🙄 😏 😴 😮 😳 🥺 😢 😭 😤 😡 😱 🤯 🥶 🤒'],
  ['hands', '👍 👎 👌 ✌️ 🤞 🤝 👏 🙌 🙏 💪 👋 🫡 👀 🫶 ✍️ 🤙'],
  ['things', '❤️ 🧡 💛 💚 💙 💜 💔 🔥 ✨ 🎉 🎂 🎁 🏆 🚀 💡 📌 📎 📅 ⏰ 💻 ☕ 🍵 🍜 🍻 🌙 ☀️ 🌧️ 🌈 🐶 🐱 🐼 🥾'],
  ['marks', '✅ ❌ ❓ ❗ 💯 ➕ ⚠️ 🔒 🟢 🟡 🔴 🆗'],
];

/** The reactions that are one tap away. */
export const QUICK = ['👍', '❤️', '😂', '🎉', '👀', '🙏'];

/** @param {{ onPick: (emoji: string) => void }} props */
export function EmojiPicker({ onPick }) {
  return html`
    <div class="emoji-picker" onKeyDown=${(/** @type {KeyboardEvent} */ event) => moveFocus(event, '.emoji-cell', 'horizontal')}>
      ${SETS.map(([name, characters]) => html`
        <div key=${name} role="group" aria-label=${t(`emoji.${name}`)}>
          <div class="emoji-name">${t(`emoji.${name}`)}</div>
          <div class="emoji-grid">
            ${characters.split(' ').map((emoji) => html`<button key=${emoji} type="button" class="emoji-cell emoji" aria-label=${emoji} onClick=${() => onPick(emoji)}>${emoji}</button>`)}
          </div>
        </div>`)}
    </div>
  `;
}

/** Emoji by short name, for completion after a colon. @type {Array<[string, string]>} */
export const NAMED = [
  ['smile', '😄'], ['joy', '😂'], ['heart', '❤️'], ['thumbsup', '👍'], ['thumbsdown', '👎'], ['tada', '🎉'], ['fire', '🔥'], ['rocket', '🚀'],
  ['eyes', '👀'], ['pray', '🙏'], ['clap', '👏'], ['wave', '👋'], ['thinking', '🤔'], ['sob', '😭'], ['sunglasses', '😎'], ['ok', '👌'],
  ['check', '✅'], ['cross', '❌'], ['coffee', '☕'], ['bulb', '💡'], ['100', '💯'], ['sparkles', '✨'], ['party', '🥳'], ['muscle', '💪'],
];
