// @ts-check
// Short notices that a screen reader hears.
import { signal } from '@preact/signals';

import { ApiError } from '../api/http.js';
import { t } from '../i18n/index.js';

/** @typedef {{ id: number, text: string, tone: 'info' | 'danger', action?: { label: string, run: () => void } }} Toast */

const SHOWN_MS = 5_000;
let nextId = 0;

export const toasts = signal(/** @type {Toast[]} */ ([]));

/** @param {string} text @param {{ tone?: Toast['tone'], action?: Toast['action'] }} [options] */
export function toast(text, { tone = 'info', action } = {}) {
  const id = ++nextId;
  toasts.value = [...toasts.value.filter((entry) => entry.text !== text).slice(-2), { id, text, tone, action }];
  setTimeout(() => dismiss(id), action ? SHOWN_MS * 2 : SHOWN_MS);
}

/** @param {number} id */
export function dismiss(id) {
  toasts.value = toasts.value.filter((entry) => entry.id !== id);
}

/** What to tell a person about an error: the server's sentence, or ours for its code. @param {unknown} error */
export function explain(error) {
  if (!(error instanceof ApiError)) return t('error.unknown');
  // A budget that is used up says itself when it begins anew.
  if (error.code === 'RATE_LIMITED' && !(error.details.scope && error.message)) {
    return t('error.RATE_LIMITED', { seconds: Math.ceil((error.details.retry_after_ms ?? 1_000) / 1_000) });
  }
  return error.message || t(`error.${error.code}`);
}

/** @param {unknown} error */
export function toastError(error) {
  toast(explain(error), { tone: 'danger' });
}

/**
 * Run an action and show its error, if it has one.
 * @template T @param {() => Promise<T>} action @param {string} [done] said after success
 * @returns {Promise<T | undefined>}
 */
export async function attempt(action, done) {
  try {
    const result = await action();
    if (done) toast(done);
    return result;
  } catch (error) {
    toastError(error);
    return undefined;
  }
}
