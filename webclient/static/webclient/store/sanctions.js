// @ts-check
// What stands against the person: mutes that close the composer, warnings that want to be read, and the appeals.
import { computed, effect, signal } from '@preact/signals';

import { sanctions as api } from '../api/endpoints.js';
import { now } from '../i18n/time.js';
import { onFrame } from '../socket/connection.js';
import { myId, phase } from './session.js';

/** @typedef {{ text: string, state: 'open' | 'upheld' | 'granted', created_at: string, answer: string, decided_at: string | null }} Appeal */
/** `conversation_id` null: everywhere; `until` null: for good. @typedef {{ id: string, kind: 'warn' | 'mute' | 'ban', conversation_id: string | null, reason: string, since: string, until: string | null, appeal: Appeal | null }} Sanction */

const READ_KEY = 'gochat.warnings-read';
const MOST_READ = 50;
/** `sanctions-changed` tells of a change at once. One that got lost costs who is muted a minute. */
const WHILE_MUTED_MS = 60_000;
const ON_RETURN_MS = 60_000;

/** null until they are known. */
export const sanctions = signal(/** @type {Sanction[] | null} */ (null));
const read = signal(readIds());
let askedAt = 0;

/** Those whose time is not over. */
export const standing = computed(() => (sanctions.value ?? []).filter(({ until }) => !until || Date.parse(until) > now.value));
const isMuted = computed(() => standing.value.some(({ kind }) => kind === 'mute'));
/** The oldest warning that the person has not said to have read. */
export const unreadWarning = computed(() => standing.value.findLast(({ kind, id }) => kind === 'warn' && !read.value.includes(id)));

/** What keeps the person from writing in a conversation; one that holds everywhere goes first. @param {string} conversationId */
export function muteIn(conversationId) {
  const mutes = standing.value.filter(({ kind }) => kind === 'mute');
  return mutes.find((mute) => mute.conversation_id === null) ?? mutes.find((mute) => mute.conversation_id === conversationId);
}

/** Ask what stands now. @throws {import('../api/http.js').ApiError} */
export async function loadSanctions() {
  askedAt = Date.now();
  const userId = myId.value;
  const rows = await api.mine();
  if (userId === myId.value) sanctions.value = rows;
}

/** @param {string} id @param {string} text @throws {import('../api/http.js').ApiError} */
export async function appeal(id, text) {
  const filed = await api.appeal(id, text);
  sanctions.value = (sanctions.value ?? []).map((row) => (row.id === id ? { ...row, appeal: filed } : row));
}

/** @param {string} id */
export function markWarningRead(id) {
  read.value = [...readIds(), id].slice(-MOST_READ);
  localStorage.setItem(READ_KEY, JSON.stringify(read.value));
}

/** @returns {string[]} */
function readIds() {
  try {
    return JSON.parse(localStorage.getItem(READ_KEY) ?? '[]');
  } catch {
    return [];
  }
}

const refresh = () => void loadSanctions().catch(() => null);
const onReturn = () => void (phase.peek() === 'signed-in' && Date.now() - askedAt > ON_RETURN_MS && refresh());

/** Know what stands for as long as someone is signed in. */
export function followSanctions() {
  effect(() => {
    if (phase.value === 'signed-in' && myId.value) refresh();
    else sanctions.value = null;
  });
  onFrame('sanctions-changed', refresh);
  onFrame('ready', onReturn);
  effect(() => {
    if (!isMuted.value) return undefined;
    const timer = setInterval(() => void (document.visibilityState === 'visible' && refresh()), WHILE_MUTED_MS);
    return () => clearInterval(timer);
  });
  addEventListener('focus', onReturn);
}

/** A command was refused because of a sanction: learn of it now. @param {import('../api/http.js').ApiError} error */
export function noteRefusal(error) {
  if ((error.code === 'MUTED' || error.code === 'BANNED') && error.details?.sanction_id) refresh();
}
