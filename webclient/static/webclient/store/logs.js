// @ts-check
// The logs of this page: opening and paging them, filling gaps after a random pause, and catching up after a break.
import { conversations as api } from '../api/endpoints.js';
import { ApiError } from '../api/http.js';
import { conversationOf, loadConversation, reduceEvent } from './conversations.js';
import { ConversationLog, PAGE } from './log.js';

/** @typedef {import('./types.js').LogEvent} LogEvent */

const GAP_WAIT_MS = 300;
const GAP_SPREAD_MS = 1_200;
const RELOAD_BEHIND = 1_000;

/** @type {Map<string, ConversationLog>} */
const logs = new Map();
/** @type {Map<string, number>} */
const gapTimers = new Map();
/** @type {Set<string>} */
const filling = new Set();
/** Windows that are being opened, by conversation. @type {Map<string, Promise<unknown>>} */
const opening = new Map();
/** @type {Set<(id: string, event: LogEvent) => void>} */
const listeners = new Set();

/** Hear every event once it is applied, in the order of its log. @param {(id: string, event: LogEvent) => void} listener */
export function whenApplied(listener) {
  listeners.add(listener);
}

/** @param {string} id */
export function logOf(id) {
  let log = logs.get(id);
  if (!log) {
    log = new ConversationLog(id, (event) => {
      reduceEvent(id, event);
      listeners.forEach((listener) => listener(id, event));
    });
    logs.set(id, log);
  }
  return log;
}

/** @param {string} id the log, when the page already holds it */
export const heldLog = (id) => (logs.get(id)?.state.value === 'ready' ? logs.get(id) : undefined);

/** @param {(log: ConversationLog) => void} work */
export const eachHeldLog = (work) => logs.forEach((log) => log.state.value === 'ready' && work(log));

export function dropLogs() {
  gapTimers.forEach((timer) => clearTimeout(timer));
  gapTimers.clear();
  logs.clear();
}

/** @param {string} id */
export const dropLog = (id) => void logs.delete(id);

/**
 * Load the window of a conversation: around the first unread message, around a given one, or the newest.
 * @param {string} id @param {{ around?: number }} [options] `around` in seq; given, the window moves there
 */
export async function openLog(id, { around } = {}) {
  const log = logOf(id);
  const before = opening.get(id);
  if (before && around !== undefined) await before.catch(() => null);
  else if (before || (log.state.value === 'ready' && around === undefined)) return log;
  if (around !== undefined && log.messages.value.some((message) => message.seq === around)) return log;
  const work = openWindow(log, around).finally(() => opening.get(id) === work && opening.delete(id));
  opening.set(id, work);
  return work;
}

/** @param {ConversationLog} log @param {number | undefined} around */
async function openWindow(log, around) {
  const { id } = log;
  const fresh = log.state.value !== 'ready';
  if (fresh) log.state.value = 'loading';
  try {
    log.open(await api.messages(id, around === undefined ? { limit: PAGE } : { around_seq: around, limit: PAGE }));
    scheduleFill(id);
    expectSeq(id, conversationOf(id)?.last_seq ?? 0);
  } catch (error) {
    if (fresh) log.state.value = 'error';
    throw error;
  }
  return log;
}

/** Move the window to the newest messages. @param {string} id */
export async function openLatest(id) {
  const log = logOf(id);
  if (log.state.value === 'ready' && !log.hasAfter.value) return;
  log.open(await api.messages(id, { limit: PAGE }));
  scheduleFill(id);
}

/** @param {string} id */
export async function loadBefore(id) {
  const log = logOf(id);
  const first = log.messages.value[0];
  if (!first || !log.hasBefore.value) return;
  log.prepend(await api.messages(id, { before_seq: first.seq, limit: PAGE }));
}

/** @param {string} id */
export async function loadAfter(id) {
  const log = logOf(id);
  const last = log.messages.value.at(-1);
  if (!last || !log.hasAfter.value) return;
  log.append(await api.messages(id, { after_seq: last.seq, limit: PAGE }));
}

/**
 * Take an event that was pushed or acknowledged.
 * @param {string} id @param {LogEvent} event
 */
export function takeEvent(id, event) {
  const log = logs.get(id);
  if (log && log.state.value !== 'empty' && log.state.value !== 'error') {
    if (log.offer(event)) scheduleFill(id);
    return;
  }
  const known = conversationOf(id);
  if (!known) return;
  const gap = event.seq > known.last_seq + 1;
  reduceEvent(id, event);
  if (gap) later(id, () => void loadConversation(id).catch(() => null));
  else listeners.forEach((listener) => listener(id, event));
}

/** Ask for what is missing, if something is: at once after a break. @param {string} id */
export function catchUp(id) {
  const log = heldLog(id);
  const known = conversationOf(id);
  if (!log || !known) return;
  if (known.last_seq - log.applied > RELOAD_BEHIND) {
    log.reset();
    void openLog(id).catch(() => null);
  } else if (known.last_seq > log.applied) void fill(id);
}

/** Ask for the events that a command's acknowledgement tells of, unless they are pushed first. @param {string} id @param {number} seq */
export function expectSeq(id, seq) {
  const log = heldLog(id);
  if (log && seq > log.applied) later(id, () => void (log.applied < seq && fill(id)));
}

/** @param {string} id */
function scheduleFill(id) {
  const log = heldLog(id);
  if (log?.held.size) later(id, () => void (log.held.size && fill(id)));
}

/** @param {string} id @param {() => void} work */
function later(id, work) {
  if (gapTimers.has(id)) return;
  const run = () => {
    gapTimers.delete(id);
    work();
  };
  gapTimers.set(id, setTimeout(run, GAP_WAIT_MS + Math.random() * GAP_SPREAD_MS));
}

/** Fetch and apply the events after the last applied one. @param {string} id */
async function fill(id) {
  const log = heldLog(id);
  if (!log || filling.has(id)) return;
  filling.add(id);
  try {
    for (let more = true; more; ) {
      const page = await api.events(id, log.applied);
      page.events.forEach((/** @type {LogEvent} */ event) => log.offer(event));
      more = page.has_more && page.events.length > 0;
    }
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) scheduleFill(id);
  } finally {
    filling.delete(id);
  }
}
