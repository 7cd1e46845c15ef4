// @ts-check
// The line above the composer: who types. It always takes its place, so nothing shifts.
import { typing } from '../store/presence.js';
import { nameOf } from '../store/users.js';
import { t } from '../i18n/index.js';
import { html } from './html.js';

/** @param {{ entry: import('../store/types.js').Conversation }} props */
export function TypingLine({ entry }) {
  const writers = typing.value.get(entry.id) ?? [];
  return html`
    <div class="typing-line" aria-live="polite">
      ${writers.length > 0 && html`
        <span class="typing-dots" aria-hidden="true"><i></i><i></i><i></i></span>
        <span>${writers.length > 2 ? t('typing.many', { count: writers.length }) : t('typing.one', { name: writers.map(nameOf).join(t('list.comma')), count: writers.length })}</span>`}
    </div>
  `;
}
