// @ts-check
// The ban that ended this person's session or refused a new one: why, until when, and the token that an appeal needs.
import { signal } from '@preact/signals';

import { sanctions as api } from '../api/endpoints.js';
import { ApiError } from '../api/http.js';

/** `until` null: for good. @typedef {{ sanction_id: string, reason: string, until: string | null, appeal_token: string, appealed: boolean }} Ban */

const KEY = 'gochat.ban';

/** Kept in this browser: who cannot sign in any more (a guest) would lose the way to object with a reload. */
export const ban = signal(read());

/** Take up what a refusal tells, if it tells of a ban. @param {unknown} error @returns {boolean} */
export function noteBan(error) {
  if (!(error instanceof ApiError) || error.code !== 'BANNED' || !error.details.appeal_token) return false;
  const { sanction_id, reason = '', until = null, appeal_token } = error.details;
  const appealed = ban.value?.sanction_id === sanction_id && ban.value?.appealed === true;
  keep({ sanction_id, reason, until, appeal_token, appealed });
  return true;
}

export function forgetBan() {
  ban.value = null;
  localStorage.removeItem(KEY);
}

/** Object to it, once. @param {string} text @throws {ApiError} */
export async function appealBan(text) {
  const known = ban.value;
  if (!known) return;
  await api.appealByToken(known.sanction_id, { text, appeal_token: known.appeal_token });
  keep({ ...known, appealed: true });
}

/** @param {Ban} known */
function keep(known) {
  ban.value = known;
  localStorage.setItem(KEY, JSON.stringify(known));
}

/** @returns {Ban | null} */
function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? 'null');
  } catch {
    return null;
  }
}
