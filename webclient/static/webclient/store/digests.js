// @ts-check
// Summaries of what is unread, and the brief over all chats: asked for, waited for, given up, and kept while the page stands.
import { signal } from '@preact/signals';

import { agents as api } from '../api/endpoints.js';
import { ApiError } from '../api/http.js';
import { isBefore, whenWithdrawn, withdraw } from './citations.js';
import { explain } from './toasts.js';

/** @typedef {import('./types.js').Citation} Citation */
/** `left_out` messages were not read: their writers do not let AI read them, or there were too many. `model` null: none was asked. */
/** @typedef {{ text: string, citations: Citation[], from_seq: number, to_seq: number, message_count: number, left_out: number, model: string | null, as_of: string }} Summary */
/** What the brief says of one chat: lines with [n] for the n-th of its citations. */
/** @typedef {{ conversation_id: string, title: string, unread_count: number, message_count: number, left_out: number, decisions: string[], questions: string[], open_points: string[],
 *   highlights: string[], citations: Citation[], model: string | null }} ChatBrief */
/** `more_chats` have something new too and are not in it. @typedef {{ text: string, chats: ChatBrief[], more_chats: number, model: string | null, as_of: string }} Brief */
/** @template T @typedef {{ state: 'loading' | 'ready' | 'failed', result: T | null, error: string, given: AbortController }} Asked */

const RETRY_MS = 2_000;

/** Summaries by conversation. */
export const summaries = signal(/** @type {Map<string, Asked<Summary>>} */ (new Map()));
export const brief = signal(/** @type {Asked<Brief> | null} */ (null));

/** Sum up what a conversation holds after a seq; without one, what the caller has not read. @param {string} id @param {number} [afterSeq] */
export function askSummary(id, afterSeq) {
  summaries.value.get(id)?.given.abort();
  const range = afterSeq === undefined ? {} : { after_seq: afterSeq };
  return follow(
    (given) => api.summary(id, range, given),
    () => summaries.value.get(id) ?? null,
    (asked) => (summaries.value = new Map(summaries.value).set(id, asked)),
  );
}

/** Take the summary away, or give it up while it is being made. @param {string} id */
export function closeSummary(id) {
  summaries.value.get(id)?.given.abort();
  const next = new Map(summaries.value);
  next.delete(id);
  summaries.value = next;
}

/** Ask for the brief anew. */
export function askBrief() {
  brief.value?.given.abort();
  return follow((given) => api.brief({}, given), () => brief.value, (asked) => (brief.value = asked));
}

export function closeBrief() {
  brief.value?.given.abort();
  brief.value = null;
}

export function dropDigests() {
  summaries.value.forEach(({ given }) => given.abort());
  summaries.value = new Map();
  closeBrief();
}

/**
 * @template T
 * @param {(given: AbortSignal) => Promise<any>} call @param {() => Asked<T> | null} read @param {(asked: Asked<T>) => void} write
 */
async function follow(call, read, write) {
  const given = new AbortController();
  const put = (/** @type {Partial<Asked<T>>} */ fields) => {
    const asked = read();
    if (asked?.given === given) write({ ...asked, ...fields });
  };
  write({ state: 'loading', result: null, error: '', given });
  try {
    put({ state: 'ready', result: await untilDone(() => call(given.signal), given.signal) });
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'ABORTED')) put({ state: 'failed', error: explain(error) });
  }
}

/** Ask the same way until the answer is there. @param {() => Promise<any>} call @param {AbortSignal} given */
async function untilDone(call, given) {
  for (;;) {
    const answer = await call();
    if (answer.as_of) return answer;
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, answer.retry_after_ms ?? RETRY_MS);
      given.addEventListener('abort', () => { clearTimeout(timer); resolve(null); }, { once: true });
    });
    if (given.aborted) throw new ApiError(0, 'ABORTED', '');
  }
}

whenWithdrawn((match, at) => {
  /** @template T @param {Asked<T>} asked @param {(result: T) => T} change @returns {Asked<T>} */
  const changed = (asked, change) => (asked.result && isBefore(/** @type {any} */ (asked.result).as_of, at) ? { ...asked, result: change(asked.result) } : asked);
  if (summaries.value.size) {
    summaries.value = new Map([...summaries.value].map(([id, asked]) => [id, changed(asked, (result) => ({ ...result, citations: withdraw(result.citations, match) }))]));
  }
  if (brief.value) brief.value = changed(brief.value, (result) => ({ ...result, chats: result.chats.map((chat) => ({ ...chat, citations: withdraw(chat.citations, match) })) }));
});
