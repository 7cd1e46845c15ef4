// @ts-check
// HTTP under /api/v1: one request function, one error shape, and a token refresh that happens once for all who wait.
import { clearTokens, readTokens, tokensExpireSoon, writeTokens } from './tokens.js';

const BASE = '/api/v1/';
const TIMEOUT_MS = 20_000;

/** An answer that is not a success, or no answer at all: status 0, code UNAVAILABLE, or ABORTED where the caller gave it up. */
export class ApiError extends Error {
  /** @param {number} status @param {string} code @param {string} message @param {Record<string, any>} [details] */
  constructor(status, code, message, details = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** @type {() => string} */
let languageOf = () => document.documentElement.lang || 'en';
/** @type {(why: unknown) => void} */
let onSessionEnd = () => {};
/** @type {Promise<string | null> | null} */
let refreshing = null;

/** @param {(why: unknown) => void} handler called once the session cannot be renewed any more, with the server's refusal */
export function whenSessionEnds(handler) {
  onSessionEnd = handler;
}

/**
 * Send one request.
 * @param {string} method
 * @param {string} path below /api/v1/
 * @param {{ body?: unknown, query?: Record<string, unknown>, auth?: boolean, signal?: AbortSignal, patience?: number }} [options] `auth: false` sends no token; `signal` gives the request up; `patience` in ms
 * @returns {Promise<any>} the parsed answer, null for 204
 * @throws {ApiError}
 */
export async function request(method, path, { body, query, auth = true, signal, patience = TIMEOUT_MS } = {}) {
  let token = auth ? await currentAccess() : null;
  let response = await send(method, path, body, query, token, signal, patience);
  if (response.status === 401 && auth) {
    token = await refreshAccess(token);
    if (!token) throw new ApiError(401, 'AUTH_FAILED', '');
    response = await send(method, path, body, query, token, signal, patience);
  }
  return parse(response);
}

export const get = (/** @type {string} */ path, /** @type {Record<string, unknown>} */ query = {}, /** @type {AbortSignal | undefined} */ signal = undefined) => request('GET', path, { query, signal });
export const post = (/** @type {string} */ path, /** @type {unknown} */ body = {}) => request('POST', path, { body });
export const patch = (/** @type {string} */ path, /** @type {unknown} */ body) => request('PATCH', path, { body });
export const put = (/** @type {string} */ path, /** @type {unknown} */ body = {}) => request('PUT', path, { body });
export const del = (/** @type {string} */ path) => request('DELETE', path);

/**
 * Every row of a cursor-paged list, up to `most`.
 * @param {string} path @param {Record<string, unknown>} [query] @param {number} [most]
 */
export async function getAll(path, query = {}, most = 1_000) {
  /** @type {any[]} */
  const rows = [];
  let cursor = null;
  do {
    const page = await get(path, { limit: 200, ...query, ...(cursor ? { cursor } : {}) });
    rows.push(...page.results);
    cursor = page.next_cursor;
  } while (cursor && rows.length < most);
  return rows;
}

/** An access token that is good for some seconds more, or null when the session is over. */
export async function currentAccess() {
  const tokens = readTokens();
  if (!tokens) return null;
  return tokensExpireSoon(tokens) ? refreshAccess(tokens.access) : tokens.access;
}

/**
 * Renew the tokens, once however many ask. Tabs take turns through a lock, and a tab that waited takes what the other stored.
 * @param {string | null} stale the access token that no longer serves
 * @returns {Promise<string | null>} null when the session has ended
 */
export function refreshAccess(stale) {
  refreshing ??= withLock(() => rotate(stale)).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

/** @param {string | null} stale */
async function rotate(stale) {
  const tokens = readTokens();
  if (!tokens) return null;
  if (tokens.access !== stale && !tokensExpireSoon(tokens)) return tokens.access;
  const response = await send('POST', 'auth/refresh', { refresh: tokens.refresh }, undefined, null);
  if (response.status === 401 || response.status === 403) {
    onSessionEnd(await parse(response).catch((refusal) => refusal));
    clearTokens();
    return null;
  }
  const fresh = await parse(response);
  writeTokens(fresh);
  return fresh.access;
}

/** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
function withLock(work) {
  return navigator.locks ? navigator.locks.request('gochat.refresh', work) : work();
}

/**
 * @param {string} method @param {string} path @param {unknown} body
 * @param {Record<string, unknown> | undefined} query @param {string | null} token @param {AbortSignal} [signal] @param {number} [patience] ms
 */
async function send(method, path, body, query, token, signal, patience = TIMEOUT_MS) {
  const url = new URL(BASE + path, location.origin);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null) url.searchParams.set(name, String(value));
  }
  /** @type {Record<string, string>} */
  const headers = { Accept: 'application/json', 'Accept-Language': languageOf() };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (token) headers.Authorization = `Bearer ${token}`;
  const timeout = AbortSignal.timeout(patience);
  try {
    return await fetch(url, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'omit',
      cache: 'no-store',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch {
    throw new ApiError(0, signal?.aborted ? 'ABORTED' : 'UNAVAILABLE', '');
  }
}

/** @param {Response} response */
async function parse(response) {
  if (response.status === 204) return null;
  const body = await response.json().catch(() => null);
  if (response.ok) return body;
  throw new ApiError(response.status, body?.code ?? 'UNAVAILABLE', body?.message ?? '', body?.details ?? {});
}
