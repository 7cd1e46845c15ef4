// @ts-check
// The line above the composer: who types, or how often one may write. It always takes its place, so nothing shifts.
import { profiles } from '../store/members.js';
import { typing } from '../store/presence.js';
import { nameOf } from '../store/users.js';
import { duration } from '../i18n/time.js';
import { t } from '../i18n/index.js';
import { html } from './html.js';
import { Icon } from './icons.js';

/** @param {{ entry: import('../store/types.js').Conversation }} props */
export function TypingLine({ entry }) {
  const writers = typing.value.get(entry.id) ?? [];
  const pause = pauseOf(entry);
  return html`
    <div class=${`typing-line ${!writers.length && pause ? 'typing-note' : ''}`} aria-live="polite">
      ${writers.length > 0 && html`
        <span class="typing-dots" aria-hidden="true"><i></i><i></i><i></i></span>
        <span>${writers.length > 2 ? t('typing.many', { count: writers.length }) : t('typing.one', { name: writers.map(nameOf).join(t('list.comma')), count: writers.length })}</span>`}
      ${!writers.length && pause && html`<${Icon} name="clock" size=${14} /><span>${t('composer.slowMode', { pause })}</span>`}
    </div>
  `;
}

/** The pause that slow mode asks of the caller between two messages, or ''. @param {import('../store/types.js').Conversation} entry */
function pauseOf(entry) {
  const seconds = profiles.value.get(entry.id)?.slow_mode_s ?? entry.slow_mode_s;
  return seconds && entry.role !== 'owner' && entry.role !== 'admin' ? duration(seconds) : '';
}
