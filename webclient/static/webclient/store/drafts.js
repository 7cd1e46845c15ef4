// @ts-check
// What is written and not sent, per conversation: kept in this browser at once, told to the server after a pause.
import { signal } from '@preact/signals';

import { conversationOf, setOwnState } from './conversations.js';

const PAUSE_MS = 1_200;

/** The message that is answered or edited in a conversation's composer. @typedef {{ kind: 'reply' | 'edit', message: import('./types.js').Message } | null} Target */

/** @type {import('@preact/signals').Signal<Map<string, Target>>} */
export const targets = signal(new Map());
/** @type {Map<string, string>} texts that the server does not know yet */
const unsaved = new Map();
/** @type {Map<string, number>} */
const timers = new Map();

/** @param {string} id */
export const draftOf = (id) => unsaved.get(id) ?? conversationOf(id)?.draft ?? '';

/** @param {string} id @param {string} text */
export function writeDraft(id, text) {
  unsaved.set(id, text);
  clearTimeout(timers.get(id));
  timers.set(id, setTimeout(() => saveDraft(id), text ? PAUSE_MS : 0));
}

/** Counts the drafts that were changed elsewhere than in the composer, which then takes them up. */
export const rewrites = signal(0);

/** Put words above what stands in a draft. @param {string} id @param {string} text */
export function putIntoDraft(id, text) {
  writeDraft(id, [text, draftOf(id)].filter(Boolean).join('\n'));
  rewrites.value += 1;
}

/** @param {string} id */
export function saveDraft(id) {
  clearTimeout(timers.get(id));
  const text = unsaved.get(id);
  if (text === undefined) return;
  if (text === (conversationOf(id)?.draft ?? '')) {
    unsaved.delete(id);
    return;
  }
  void setOwnState(id, { draft: text }).then(
    () => void (unsaved.get(id) === text && unsaved.delete(id)),
    () => null,
  );
}

/** @param {string} id @param {Target} target */
export function setTarget(id, target) {
  targets.value = new Map(targets.value).set(id, target);
}
