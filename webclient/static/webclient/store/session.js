// @ts-check
// Who is signed in on this page, and the calls that change it.
import { computed, signal } from '@preact/signals';

import { auth, avatars, config as fetchConfig, users } from '../api/endpoints.js';
import { refreshAccess, whenSessionEnds } from '../api/http.js';
import { clearTokens, readTokens, whenTokensChange, writeTokens } from '../api/tokens.js';
import { forgetBan, noteBan } from './ban.js';
import { rememberUser } from './users.js';

/** @typedef {import('./types.js').User & { email?: string | null, settings?: Record<string, any>, privacy?: Record<string, any> }} Me */

/** @type {import('@preact/signals').Signal<Me | null>} */
export const me = signal(null);
/** What stands between the person and the chats: `starting`, `signed-out`, `offline` (cannot be known now) or `signed-in`. */
export const phase = signal(/** @type {'starting' | 'signed-out' | 'offline' | 'signed-in'} */ ('starting'));
/** Why the last session ended, for the sign-in page: an i18n key. */
export const endReason = signal(/** @type {string | null} */ (null));
/** Limits and features as the server tells them. */
export const config = signal(/** @type {Record<string, any>} */ ({}));

export const myId = computed(() => me.value?.id ?? '');
export const isGuest = computed(() => me.value?.kind === 'guest');

/** Take up the stored session, if there is one. */
export async function resume() {
  if (!readTokens()) {
    phase.value = 'signed-out';
    return;
  }
  try {
    enter(await users.me());
  } catch (error) {
    phase.value = readTokens() ? 'offline' : 'signed-out';
  }
}

/** @param {string} username @param {string} password @param {boolean} keep */
export async function login(username, password, keep) {
  try {
    start(await auth.login({ username, password, device_name: deviceName() }), keep);
  } catch (error) {
    noteBan(error);
    throw error;
  }
}

/** @param {Record<string, string>} fields */
export async function register(fields) {
  start(await auth.register(fields), true);
}

/** @param {string} displayName empty lets the server choose a name */
export async function enterAsGuest(displayName) {
  start(await auth.guest(displayName ? { display_name: displayName } : {}), true);
}

/** @param {Record<string, string>} fields */
export async function upgrade(fields) {
  const answer = await auth.upgrade(fields);
  writeTokens(answer);
  enter(answer.user);
  void complete();
}

export async function logout() {
  await auth.logout().catch(() => null);
  leave(null);
}

/** @param {Record<string, unknown>} fields */
export async function updateMe(fields) {
  enter(await users.update(fields));
}

/** The server has closed the session. It is asked why: a ban says so, and lets the person object. */
export async function endSession() {
  await refreshAccess(readTokens()?.access ?? null).catch(() => null);
  if (phase.value === 'signed-in') leave('auth.sessionEnded');
}

/** Have a picture that was uploaded as one's own, or none. @param {string | null} fileId */
export async function updateMyAvatar(fileId) {
  if (fileId) return enter(await avatars.setMine(fileId));
  await avatars.removeMine();
  if (me.value) enter({ ...me.value, avatar_url: null });
}

/** Forget the session on this page. @param {string | null} reason an i18n key for the sign-in page */
export function leave(reason) {
  clearTokens();
  endReason.value = reason;
  me.value = null;
  phase.value = 'signed-out';
}

/** @param {{ user: Me, access: string, refresh: string, expires_in: number }} answer @param {boolean} keep */
function start(answer, keep) {
  writeTokens(answer, keep);
  forgetBan();
  endReason.value = null;
  enter(answer.user);
  void complete();
}

/** What only the person may see of themselves (address, privacy) does not come with the tokens. */
async function complete() {
  const whole = await users.me().catch(() => null);
  if (whole && whole.id === me.value?.id) enter(whole);
}

/** @param {Me} user */
function enter(user) {
  rememberUser(user);
  me.value = user;
  phase.value = 'signed-in';
  if (!config.value.limits) void fetchConfig().then((answer) => (config.value = answer), () => null);
}

function deviceName() {
  const agent = navigator.userAgent;
  const browser = /Edg\//.test(agent) ? 'Edge' : /Firefox\//.test(agent) ? 'Firefox' : /Chrome\//.test(agent) ? 'Chrome' : 'Safari';
  const system = /Android/.test(agent) ? 'Android' : /iPhone|iPad/.test(agent) ? 'iOS' : /Mac OS/.test(agent) ? 'macOS' : /Windows/.test(agent) ? 'Windows' : 'Linux';
  return `${browser} · ${system}`;
}

whenSessionEnds((why) => leave(noteBan(why) ? null : 'auth.sessionEnded'));
whenTokensChange(() => location.reload());
