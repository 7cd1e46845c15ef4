// @ts-check
// The live connection: a ticket, a socket, `ready`; heartbeats; and coming back with jitter after it breaks.
import { signal } from '@preact/signals';

import { auth } from '../api/endpoints.js';
import { ApiError, refreshAccess } from '../api/http.js';
import { readTokens } from '../api/tokens.js';

const ANSWER_MS = 10_000;
const FIRST_DELAY_MS = 500;
const MOST_DELAY_MS = 30_000;

/**
 * What the connection is doing. `retryAt` (ms of this machine's clock) stands while it waits.
 * @typedef {{ status: 'idle' | 'connecting' | 'online' | 'waiting' | 'ended', retryAt: number, attempts: number }} ConnectionState
 */

/** @type {import('@preact/signals').Signal<ConnectionState>} */
export const connection = signal({ status: 'idle', retryAt: 0, attempts: 0 });

/** @type {Map<string, Set<(frame: any) => void>>} */
const handlers = new Map();
/** @type {Map<string, { resolve: (frame: any) => void, reject: (error: Error) => void, timer: number }>} */
const waiting = new Map();
/** @type {WebSocket | null} */
let socket = null;
let attempts = 0;
let frameId = 0;
let heartbeatMs = 25_000;
let lastHeard = 0;
let generation = 0;
/** @type {number | undefined} */
let retryTimer;
/** @type {number | undefined} */
let heartbeatTimer;

/**
 * Hear frames of one type; `closed` is a type of our own, sent when an established socket is gone.
 * @param {string} type @param {(frame: any) => void} handler
 */
export function onFrame(type, handler) {
  const set = handlers.get(type) ?? new Set();
  handlers.set(type, set.add(handler));
}

/** Open the connection and keep it open until `disconnect`. */
export function connect() {
  if (connection.value.status === 'connecting' || connection.value.status === 'online') return;
  clearTimeout(retryTimer);
  void open(++generation);
}

/** Close the connection and do not come back. */
export function disconnect() {
  generation += 1;
  clearTimeout(retryTimer);
  dropSocket();
  attempts = 0;
  setState('idle');
}

/**
 * Send a frame when the connection stands.
 * @param {object} frame
 * @returns {boolean} false when there is no connection; nothing was sent then
 */
export function sendFrame(frame) {
  if (connection.value.status !== 'online' || socket?.readyState !== WebSocket.OPEN) return false;
  socket.send(JSON.stringify(frame));
  return true;
}

/**
 * Send a frame with an id and wait for the frame that repeats it.
 * @param {object} frame @returns {Promise<any>}
 * @throws {ApiError} the error frame, or UNAVAILABLE when nothing comes within 10 s
 */
export function ask(frame) {
  const id = `q${++frameId}`;
  return new Promise((resolve, reject) => {
    const unavailable = () => {
      waiting.delete(id);
      reject(new ApiError(0, 'UNAVAILABLE', ''));
    };
    if (!sendFrame({ ...frame, id })) return unavailable();
    waiting.set(id, { resolve, reject, timer: setTimeout(unavailable, ANSWER_MS) });
  });
}

/**
 * Send a frame that is answered only when it is refused: silence means that it was taken.
 * @param {object} frame @returns {Promise<void>}
 * @throws {ApiError} the error frame, or UNAVAILABLE when there is no connection
 */
export function tell(frame) {
  const id = `t${++frameId}`;
  return new Promise((resolve, reject) => {
    const taken = () => {
      waiting.delete(id);
      resolve();
    };
    if (!sendFrame({ ...frame, id })) reject(new ApiError(0, 'UNAVAILABLE', ''));
    else waiting.set(id, { resolve: taken, reject, timer: setTimeout(taken, ANSWER_MS) });
  });
}

/** @param {number} turn */
async function open(turn) {
  setState('connecting');
  let ticket;
  try {
    ({ ticket } = await auth.ticket());
  } catch (error) {
    if (turn !== generation) return;
    if (error instanceof ApiError && error.status === 401) return setState('ended');
    return retry(error instanceof ApiError ? error.details.retry_after_ms : 0);
  }
  if (turn !== generation) return;
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const opened = new WebSocket(`${scheme}//${location.host}/ws/?ticket=${encodeURIComponent(ticket)}`);
  socket = opened;
  const deadline = setTimeout(() => opened.close(), ANSWER_MS);
  opened.onmessage = (event) => {
    if (opened === socket) receive(String(event.data), () => clearTimeout(deadline));
  };
  opened.onclose = (event) => {
    clearTimeout(deadline);
    if (opened === socket) void closed(event.code);
  };
}

/** @param {string} data @param {() => void} established */
function receive(data, established) {
  lastHeard = Date.now();
  const frame = JSON.parse(data);
  if (frame.type === 'ready') {
    established();
    attempts = 0;
    heartbeatMs = frame.heartbeat_ms ?? heartbeatMs;
    setState('online');
    watchHeartbeat();
  }
  const asked = frame.id === undefined ? undefined : waiting.get(frame.id);
  if (asked) {
    waiting.delete(frame.id);
    clearTimeout(asked.timer);
    if (frame.type === 'error') asked.reject(new ApiError(0, frame.code, frame.message, frame.details));
    else asked.resolve(frame);
    return;
  }
  if (frame.type === 'auth-expiring') void renew();
  emit(frame.type, frame);
}

/** @param {string} type @param {any} frame */
function emit(type, frame) {
  for (const handler of handlers.get(type) ?? []) handler(frame);
}

async function renew() {
  const token = await refreshAccess(readTokens()?.access ?? null).catch(() => null);
  if (token) sendFrame({ type: 'auth', token });
}

/** @param {number} code */
async function closed(code) {
  dropSocket();
  emit('closed', { code });
  if (code === 4403) {
    generation += 1;
    setState('ended');
    return emit('ended', { code });
  }
  if (code === 4401) await refreshAccess(readTokens()?.access ?? null).catch(() => null);
  retry(code === 1012 ? 200 + Math.random() * 1_800 : 0);
}

/** @param {number} [atLeast] ms that the server asked for */
function retry(atLeast = 0) {
  if (!readTokens()) return setState('ended');
  attempts += 1;
  const ceiling = Math.min(MOST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempts, 7));
  const delay = Math.max(atLeast || 0, ceiling / 2 + Math.random() * (ceiling / 2));
  const turn = ++generation;
  setState('waiting', Date.now() + delay);
  retryTimer = setTimeout(() => void (turn === generation && open(turn)), delay);
}

function dropSocket() {
  clearInterval(heartbeatTimer);
  const old = socket;
  socket = null;
  if (old) {
    old.onmessage = old.onclose = null;
    old.close();
  }
  for (const [id, asked] of waiting) {
    clearTimeout(asked.timer);
    asked.reject(new ApiError(0, 'UNAVAILABLE', ''));
    waiting.delete(id);
  }
}

/** Ask for a sign of life after a silent heartbeat, and give the socket up when none comes. */
function watchHeartbeat() {
  clearInterval(heartbeatTimer);
  heartbeatTimer = setInterval(() => {
    const silent = Date.now() - lastHeard;
    if (silent > heartbeatMs + ANSWER_MS) void closed(4408);
    else if (silent > heartbeatMs) sendFrame({ type: 'ping' });
  }, 5_000);
}

/** @param {ConnectionState['status']} status @param {number} [retryAt] */
function setState(status, retryAt = 0) {
  connection.value = { status, retryAt, attempts };
}

addEventListener('online', () => connection.value.status === 'waiting' && connect());
addEventListener('offline', () => connection.value.status === 'online' && void closed(1006));
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible' && connection.value.status === 'waiting' && attempts > 2) connect();
});
