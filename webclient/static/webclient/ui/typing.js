// @ts-check
// The line above the composer: who types, or how long one has to wait. It always takes its place, so nothing shifts.
import { useEffect, useState } from 'preact/hooks';

import { isLarge, rosterOf, slowModeOf } from '../store/members.js';
import { commandsBy, heldUntil } from '../store/outbox.js';
import { typing } from '../store/presence.js';
import { nameOf } from '../store/users.js';
import { duration } from '../i18n/time.js';
import { t } from '../i18n/index.js';
import { html } from './html.js';
import { Icon } from './icons.js';

/** @typedef {import('../store/types.js').Conversation} Conversation */

/** @param {{ entry: Conversation }} props */
export function TypingLine({ entry }) {
  const writers = typing.value.get(entry.id) ?? [];
  const note = usePauseNote(entry);
  const noted = note && (note.counts || !writers.length);
  const reads = !noted && !writers.length && readsNote(entry);
  return html`
    <div class=${`typing-line ${noted || reads ? 'typing-note' : ''}`}>
      <span class="typing-who" aria-live="polite">${!noted && writers.length > 0 && html`
        <span class="typing-dots" aria-hidden="true"><i></i><i></i><i></i></span>
        <span>${writers.length > 2 ? t('typing.many', { count: writers.length }) : t('typing.one', { name: writers.map(nameOf).join(t('list.comma')), count: writers.length })}</span>`}</span>
      ${reads && html`<${Icon} name="shield" size=${14} /><span>${reads}</span>`}
      ${noted && html`<${Icon} name="clock" size=${14} /><span role=${note.counts ? 'timer' : undefined}>${note.text}</span>`}
    </div>
  `;
}

/** What an agent reads here. @param {Conversation} entry @returns {string | null} */
function readsNote(entry) {
  if (entry.kind === 'agent') return t('consent.agentNote');
  if (entry.kind !== 'group' || isLarge(entry) || entry.ai_max === 'off') return null;
  const agent = rosterOf(entry.id).members.find(({ user }) => user.kind === 'agent');
  return agent ? t('consent.groupNote', { name: nameOf(agent.user.id) }) : null;
}

/** What to say of slow mode, or of messages that were too many. @param {Conversation} entry @returns {{ text: string, counts: boolean } | null} */
function usePauseNote(entry) {
  const count = useHeldSeconds(entry.id);
  const seconds = slowModeOf(entry);
  const waiting = commandsBy.value.get(entry.id)?.some((command) => command.type === 'send-message' && command.state === 'queued');
  if (count && waiting) return { text: t(seconds ? 'composer.slowQueued' : 'composer.tooFast', { count }), counts: true };
  if (count && seconds) return { text: t('composer.slowWait', { count }), counts: true };
  return seconds ? { text: t('composer.slowMode', { pause: duration(seconds) }), counts: false } : null;
}

/** How many seconds the next message of a conversation still has to wait; 0 when it has not to. @param {string} id */
export function useHeldSeconds(id) {
  const until = heldUntil.value.get(id) ?? 0;
  const [, tick] = useState(0);
  const left = Math.max(0, Math.ceil((until - Date.now()) / 1_000));
  useEffect(() => {
    if (!left) return undefined;
    const timer = setTimeout(() => tick((count) => count + 1), (until - Date.now()) % 1_000 || 1_000);
    return () => clearTimeout(timer);
  }, [until, left]);
  return left;
}
