// @ts-check
// Durable commands that are not acknowledged yet. They are written down before they are sent, so a reload loses none,
// and go out with the same client_msg_id, one at a time per conversation, in the order in which they were made.
import { computed, signal } from '@preact/signals';

import { ApiError } from '../api/http.js';
import { connection, onFrame, sendFrame } from '../socket/connection.js';
import { claimStores, readStore, writeStore } from './outboxstore.js';
import { newId } from './uuid.js';

/** @typedef {import('./types.js').Command} Command */

const SILENCE_MS = 10_000;
const REPEATED = new Set(['RATE_LIMITED', 'UNAVAILABLE']);

/** @type {import('@preact/signals').Signal<Command[]>} */
export const outbox = signal([]);
/** Commands by conversation, for those who draw them. */
export const commandsBy = computed(() => {
  /** @type {Map<string, Command[]>} */
  const groups = new Map();
  for (const command of outbox.value) groups.set(command.conversation_id, [...(groups.get(command.conversation_id) ?? []), command]);
  return groups;
});

/** Until when (ms of this machine's clock) the next message of a conversation has to wait, where it has to. */
export const heldUntil = signal(/** @type {Map<string, number>} */ (new Map()));
/** @type {Map<string, number>} by conversation, the timer of the command in flight */
const flights = new Map();
/** @type {(command: Command, ack: any) => void} */
let onAck = () => {};
/** @type {(command: Command, error: ApiError) => void} */
let onRefused = () => {};
let owner = '';

/**
 * @param {(command: Command, ack: any) => void} acknowledged the command is stored
 * @param {(command: Command, error: ApiError) => void} refused the command will never be stored
 */
export function whenSettled(acknowledged, refused) {
  onAck = acknowledged;
  onRefused = refused;
}

/** Take up what this person's closed pages left behind. @param {string} userId */
export async function openOutbox(userId) {
  owner = userId;
  await claimStores(userId);
  outbox.value = readStore();
  pump();
}

export function closeOutbox() {
  owner = '';
  stopFlights();
  outbox.value = [];
  heldUntil.value = new Map();
}

/**
 * Write a command down and send it as soon as its turn comes.
 * @param {string} type @param {string} conversationId @param {Record<string, any>} fields
 * @param {{ id?: string, file?: import('./types.js').FileObject }} [options] its client_msg_id, and the file that its message carries
 */
export function enqueue(type, conversationId, fields, { id, file } = {}) {
  /** @type {Command} */
  const command = { client_msg_id: id ?? newId(), conversation_id: conversationId, type, fields, at: new Date().toISOString(), state: 'queued', ...(file ? { file } : {}) };
  save([...outbox.value, command]);
  pump();
  return command;
}

/** Send a refused command again, as a new one at the end of the line. @param {string} clientMsgId */
export function retryCommand(clientMsgId) {
  const command = find(clientMsgId);
  if (!command) return;
  discard(clientMsgId);
  enqueue(command.type, command.conversation_id, command.fields, { file: command.file });
}

/** @param {string} clientMsgId */
export function discard(clientMsgId) {
  save(outbox.value.filter((command) => command.client_msg_id !== clientMsgId));
}

/** Send what can be sent: the first waiting command of each conversation that has none in flight. */
export function pump() {
  if (!owner || connection.value.status !== 'online') return;
  const seen = new Set();
  for (const command of outbox.value) {
    if (command.state !== 'queued' || seen.has(command.conversation_id) || isHeld(command)) continue;
    seen.add(command.conversation_id);
    if (!flights.has(command.conversation_id)) launch(command);
  }
}

/** Slow mode holds messages; what is done to older ones goes on. @param {Command} command */
function isHeld(command) {
  return command.type === 'send-message' && (heldUntil.value.get(command.conversation_id) ?? 0) > Date.now();
}

/** Let the next message of a conversation wait. @param {string} id @param {number} wait ms */
export function holdMessages(id, wait) {
  const until = Date.now() + wait;
  if (until <= (heldUntil.value.get(id) ?? 0)) return;
  heldUntil.value = new Map(heldUntil.value).set(id, until);
  setTimeout(pump, wait + 20);
}

/** @param {Command} command */
function launch(command) {
  const { type, client_msg_id, conversation_id, fields } = command;
  if (sendFrame({ type, client_msg_id, conversation_id, ...fields })) land(conversation_id, SILENCE_MS);
}

/** Hold a conversation's line for some time, then go on with whatever is first in it. @param {string} id @param {number} wait */
function land(id, wait) {
  clearTimeout(flights.get(id));
  flights.set(id, setTimeout(() => release(id), wait));
}

/** @param {string} id */
function release(id) {
  clearTimeout(flights.get(id));
  flights.delete(id);
  pump();
}

/** A command that is known to be stored, from its ack or because its message came back. @param {string} clientMsgId @param {any} ack */
export function settle(clientMsgId, ack) {
  const command = find(clientMsgId);
  if (!command) return;
  onAck(command, ack);
  discard(clientMsgId);
  release(command.conversation_id);
}

/** @param {any} frame */
function refuse(frame) {
  const command = find(frame.client_msg_id);
  if (!command || command.state !== 'queued') return;
  if (REPEATED.has(frame.code)) {
    const wait = Math.max(500, frame.details?.retry_after_ms ?? 1_000);
    if (frame.code === 'RATE_LIMITED' && command.type === 'send-message') holdMessages(command.conversation_id, wait);
    return land(command.conversation_id, wait);
  }
  const error = new ApiError(0, frame.code, frame.message, frame.details);
  if (command.type === 'send-message') {
    save(outbox.value.map((entry) => (entry === command ? { ...entry, state: 'failed', error: frame.message || frame.code, code: frame.code } : entry)));
  } else discard(command.client_msg_id);
  onRefused(command, error);
  release(command.conversation_id);
}

/** @param {string} clientMsgId */
const find = (clientMsgId) => outbox.value.find((command) => command.client_msg_id === clientMsgId);

/** @param {Command[]} commands */
function save(commands) {
  outbox.value = commands;
  writeStore(commands);
}

function stopFlights() {
  flights.forEach((timer) => clearTimeout(timer));
  flights.clear();
}

onFrame('message-ack', (frame) => settle(frame.client_msg_id, frame));
onFrame('error', (frame) => void (frame.client_msg_id && refuse(frame)));
onFrame('closed', stopFlights);
