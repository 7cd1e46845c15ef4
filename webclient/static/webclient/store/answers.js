// @ts-check
// Answers while they are written: what has come of each, by its question, until the stored message takes its place.
import { signal } from '@preact/signals';

import { onFrame, tell } from '../socket/connection.js';
import { conversationOf } from './conversations.js';
import { heldLog, whenApplied } from './logs.js';
import { myId } from './session.js';
import { knownUser } from './users.js';
import { toast } from './toasts.js';
import { hasText, t } from '../i18n/index.js';

/** @typedef {import('./types.js').Message} Message */
/** `waiting`: nothing has come yet; `done`: all has come, and the stored message is on its way. */
/** @typedef {{ phase: 'waiting' | 'writing' | 'done' | 'failed', text: string, stopping: boolean, error: string }} Progress */
/**
 * `instead` is the stored answer that is written anew, `message` what stands in the log for one that is written for the first time.
 * @typedef {{ conversationId: string, question: string, agentId: string | null, later: string[], instead: string | null, since: number,
 *   next: number, timer: number | undefined, progress: import('@preact/signals').Signal<Progress>, message: Message }} Answer
 */

/** The server gives an answer up after two minutes. */
const MOST_MS = 130_000;
const STORED_WITHIN_MS = 20_000;
const REPLACED_WITHIN_MS = 3_000;
const FAILED_MS = 600_000;
/** Pieces travel by another way than the stored message, and may come later. */
const LATE_MS = 5_000;
const MOST_REMEMBERED = 500;
/** Older questions than that come from catching up: nobody works on them now. */
const FRESH_MS = 120_000;

/** By question. It changes when an answer begins or ends; how far each has come is in its own `progress`. */
export const answers = signal(/** @type {Map<string, Answer>} */ (new Map()));
/** Rows of the log that a stored answer has taken over, by its message_id: the row stays, and nothing jumps. @type {Map<string, string>} */
const rows = new Map();
/** When a question's answer was stored (ms since the epoch): pieces that come after it are no news. @type {Map<string, number>} */
const settled = new Map();

/** The key of a message's row, which outlives the step from written to stored. @param {Message} message */
export const rowKeyOf = (message) => rows.get(message.message_id) ?? (message.client_msg_id || message.message_id);

/** The answers that stand at the end of a conversation. @param {string} id @returns {Answer[]} */
export const answersIn = (id) => [...answers.value.values()].filter((answer) => answer.conversationId === id && !answer.instead);

/** What is being written in place of a stored answer. @param {Message} message */
export function rewriteOf(message) {
  const answer = message.reply_to ? answers.value.get(message.reply_to) : undefined;
  return answer?.instead === message.message_id ? answer : undefined;
}

/** Whether a message is an answer that is still being written. @param {Message} message */
export function pendingOf(message) {
  const answer = message.reply_to ? answers.value.get(message.reply_to) : undefined;
  return answer?.message.message_id === message.message_id ? answer : undefined;
}

/** Whether the caller asked it, and so may stop it or have it written anew. @param {string} conversationId @param {string | null} question */
export function isAsker(conversationId, question) {
  if (!question) return false;
  const asked = heldLog(conversationId)?.find(question);
  return asked ? asked.sender_id === myId.value : conversationOf(conversationId)?.kind === 'agent';
}

/** End an answer; what came of it is stored. @param {Answer} answer @throws {import('../api/http.js').ApiError} */
export async function stopAnswer(answer) {
  put(answer, { stopping: true });
  try {
    await tell({ type: 'stop-answer', conversation_id: answer.conversationId, message_id: answer.question });
  } catch (error) {
    put(answer, { stopping: false });
    throw error;
  }
}

/** Have an answer written anew. @param {Message} message @throws {import('../api/http.js').ApiError} */
export async function regenerate(message) {
  const { conversation_id: id, message_id: messageId, reply_to: question } = message;
  if (!question) return;
  settled.delete(question);
  const answer = begin(id, question, { agents: [message.sender_id], instead: messageId });
  try {
    await tell({ type: 'regenerate-answer', conversation_id: id, message_id: messageId });
  } catch (error) {
    if (answers.value.get(question) === answer) drop(question);
    throw error;
  }
}

export function dropAnswers() {
  answers.value.forEach((answer) => clearTimeout(answer.timer));
  answers.value = new Map();
  rows.clear();
  settled.clear();
}

/** @param {string} id @param {string} question @param {{ agents?: string[], instead?: string | null }} [what] */
function begin(id, question, { agents = [], instead = null } = {}) {
  const [agentId = agentIn(id), ...later] = agents;
  /** @type {Answer} */
  const answer = {
    conversationId: id, question, agentId, later, instead, since: Date.now(), next: 0, timer: undefined,
    progress: signal(/** @type {Progress} */ ({ phase: 'waiting', text: '', stopping: false, error: '' })),
    message: messageOf(id, question, agentId ?? ''),
  };
  clearTimeout(answers.value.get(question)?.timer);
  answers.value = new Map(answers.value).set(question, answer);
  expire(answer, MOST_MS);
  return answer;
}

/** @param {string} id @param {string} question @param {string} agentId @returns {Message} */
function messageOf(id, question, agentId) {
  const key = `answer ${question} ${agentId}`;
  return {
    message_id: key, conversation_id: id, seq: 0, sender_id: agentId, client_msg_id: key, kind: 'text', content: { text: '' }, reply_to: question, mentions: [],
    created_at: new Date().toISOString(), edited_at: null, recalled: false, reactions: {}, state: 'sending',
  };
}

/** The agent on the other side of a conversation. @param {string} id */
function agentIn(id) {
  const entry = conversationOf(id);
  return entry?.kind === 'agent' ? entry.peer?.id ?? null : null;
}

/** @param {Answer} answer @param {number} wait ms */
function expire(answer, wait) {
  clearTimeout(answer.timer);
  answer.timer = setTimeout(() => answers.value.get(answer.question) === answer && drop(answer.question), wait);
}

/** @param {string} question */
function drop(question) {
  const answer = answers.value.get(question);
  if (!answer) return;
  clearTimeout(answer.timer);
  const next = new Map(answers.value);
  next.delete(question);
  answers.value = next;
}

/** @param {Answer} answer @param {Partial<Progress>} fields */
const put = (answer, fields) => void (answer.progress.value = { ...answer.progress.value, ...fields });

/** @param {any} frame */
function takeDelta(frame) {
  const { conversation_id: id, reply_to: question, index, text = '', done, error } = frame;
  const late = Date.now() - (settled.get(question) ?? 0) < LATE_MS;
  let answer = answers.value.get(question);
  if (!answer) {
    const stored = heldLog(id)?.messages.value.find((message) => message.reply_to === question && isKnownAgent(message.sender_id));
    if (late || (done && !error) || (index > 0 && (settled.has(question) || stored))) return undefined;
    answer = begin(id, question, { agents: mentionedAgents(id, question, stored?.sender_id), instead: stored?.message_id });
  }
  if (index > 0 && (index < answer.next || (late && !answer.next))) return undefined;
  const { text: before } = answer.progress.value;
  // Pieces may be lost: the gap shows, and the stored answer fills it.
  const joined = index === 0 ? text : index === answer.next ? before + text : `${before}${before ? ' ' : ''}… ${text}`;
  answer.next = index + 1;
  put(answer, { text: joined, phase: error ? 'failed' : done ? 'done' : joined ? 'writing' : 'waiting', error: error ?? '' });
  if (error && answer.instead) return giveUp(answer, error);
  const rest = answer.instead ? REPLACED_WITHIN_MS : STORED_WITHIN_MS;
  return expire(answer, error ? FAILED_MS : done ? rest : MOST_MS);
}

/** The old answer stands. @param {Answer} answer @param {string} error */
function giveUp(answer, error) {
  drop(answer.question);
  if (isAsker(answer.conversationId, answer.question)) toast(failureOf(error), { tone: 'danger' });
}

/** What to tell of an answer that failed: our sentence for the code, or the server's own. @param {string} error */
export function failureOf(error) {
  const key = `answer.error.${error}`;
  if (hasText(key)) return t(key);
  return /^[A-Z_]*$/.test(error) ? t('answer.error.UNAVAILABLE') : error;
}

/** Whom a question was put to. @param {string} id @param {string} question @param {string | undefined} first known to be the one */
function mentionedAgents(id, question, first) {
  if (first) return [first];
  return (heldLog(id)?.find(question)?.mentions ?? []).filter(isKnownAgent);
}

/** Messages come from all chats: for none of them is anybody looked up. @param {string} userId */
const isKnownAgent = (userId) => knownUser(userId)?.kind === 'agent';

/** @param {Message} message */
function takeStored(message) {
  const { conversation_id: id, reply_to: question, sender_id: sender } = message;
  const answer = question ? answers.value.get(question) : undefined;
  if (answer && (sender === answer.agentId || isKnownAgent(sender) || (!answer.agentId && !knownUser(sender)))) return settle(answer, message);
  const entry = conversationOf(id);
  if (message.kind === 'system' || !entry || answers.value.has(message.message_id) || settled.has(message.message_id) || Date.now() - Date.parse(message.created_at) > FRESH_MS) return;
  if (entry.kind === 'agent') {
    if (sender === myId.value) begin(id, message.message_id);
  } else if (entry.ai_max !== 'off' && !isKnownAgent(sender)) {
    const asked = message.mentions.filter(isKnownAgent);
    if (asked.length) begin(id, message.message_id, { agents: asked });
  }
}

/** The stored answer takes the place of what was written; who was asked along with the agent is next. @param {Answer} answer @param {Message} message */
function settle(answer, message) {
  const { conversationId: id, question, instead, later } = answer;
  if (!instead) rows.set(message.message_id, answer.message.message_id);
  if (rows.size > MOST_REMEMBERED) rows.delete(/** @type {string} */ (rows.keys().next().value));
  settled.set(question, Date.now());
  if (settled.size > MOST_REMEMBERED) settled.delete(/** @type {string} */ (settled.keys().next().value));
  drop(question);
  if (later.length) begin(id, question, { agents: later });
}

onFrame('message-delta', takeDelta);
whenApplied((id, event) => {
  if (event.event === 'message-stored' && event.message) takeStored(event.message);
  else if (event.event === 'message-edited' && event.message) {
    const answer = answers.value.get(event.message.reply_to ?? '');
    if (answer?.instead === event.message.message_id) settle(answer, event.message);
  } else if (event.event === 'message-recalled' || event.event === 'message-hidden') drop(event.message_id ?? '');
});
