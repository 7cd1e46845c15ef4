// @ts-check
// The calls of the contract that the client makes, by the names of the contract.
import { del, get, getAll, patch, post, put, request } from './http.js';

const open = (/** @type {string} */ path, /** @type {unknown} */ body) => request('POST', path, { body, auth: false });

export const auth = {
  register: (/** @type {object} */ fields) => open('auth/register', fields),
  login: (/** @type {object} */ fields) => open('auth/login', fields),
  guest: (/** @type {object} */ fields) => open('auth/guest', fields),
  resetPassword: (/** @type {string} */ email) => open('auth/password-reset', { email }),
  confirmReset: (/** @type {object} */ fields) => open('auth/password-reset/confirm', fields),
  upgrade: (/** @type {object} */ fields) => post('auth/upgrade', fields),
  logout: () => post('auth/logout'),
  ticket: () => post('auth/ws-ticket'),
  sessions: () => getAll('auth/sessions'),
  endSession: (/** @type {string} */ id) => del(`auth/sessions/${id}`),
  changePassword: (/** @type {object} */ fields) => post('auth/password', fields),
};

export const users = {
  me: () => get('users/me'),
  update: (/** @type {object} */ fields) => patch('users/me', fields),
  erase: () => del('users/me'),
  one: (/** @type {string} */ id) => get(`users/${id}`),
  some: (/** @type {string[]} */ ids) => get('users', { ids: ids.join(',') }),
  find: (/** @type {string} */ q, /** @type {string | null} */ cursor = null) => get('users', { q, limit: 50, cursor }),
};

export const friends = {
  list: () => getAll('friends'),
  remark: (/** @type {string} */ id, /** @type {string} */ remark) => patch(`friends/${id}`, { remark }),
  remove: (/** @type {string} */ id) => del(`friends/${id}`),
  requests: () => getAll('friends/requests'),
  ask: (/** @type {object} */ fields) => post('friends/requests', fields),
  withdraw: (/** @type {string} */ id) => del(`friends/requests/${id}`),
  accept: (/** @type {string} */ id) => post(`friends/requests/${id}/accept`),
  decline: (/** @type {string} */ id) => post(`friends/requests/${id}/decline`),
  blocks: () => getAll('blocks'),
  block: (/** @type {string} */ id) => put(`blocks/${id}`),
  unblock: (/** @type {string} */ id) => del(`blocks/${id}`),
};

export const conversations = {
  list: () => getAll('conversations', {}, 200),
  one: (/** @type {string} */ id) => get(`conversations/${id}`),
  openDirect: (/** @type {string} */ userId) => post('conversations', { kind: 'direct', user_id: userId }),
  update: (/** @type {string} */ id, /** @type {object} */ fields) => patch(`conversations/${id}`, fields),
  messages: (/** @type {string} */ id, /** @type {Record<string, unknown>} */ range) => get(`conversations/${id}/messages`, range),
  events: (/** @type {string} */ id, /** @type {number} */ afterSeq) => get(`conversations/${id}/events`, { after_seq: afterSeq, limit: 200 }),
  members: (/** @type {string} */ id, /** @type {{ q?: string, cursor?: string | null, limit?: number }} */ page = {}, /** @type {AbortSignal | undefined} */ signal = undefined) => get(`conversations/${id}/members`, { limit: 200, ...page }, signal),
  readers: (/** @type {string} */ id, /** @type {string} */ messageId, /** @type {{ only: 'read' | 'unread', cursor?: string | null }} */ page) => get(`conversations/${id}/messages/${messageId}/readers`, { limit: 100, ...page }),
  pins: (/** @type {string} */ id) => getAll(`conversations/${id}/pins`),
  pin: (/** @type {string} */ id, /** @type {string} */ messageId) => put(`conversations/${id}/pins/${messageId}`),
  unpin: (/** @type {string} */ id, /** @type {string} */ messageId) => del(`conversations/${id}/pins/${messageId}`),
};

export const groups = {
  create: (/** @type {object} */ fields) => post('groups', fields),
  one: (/** @type {string} */ id) => get(`groups/${id}`),
  update: (/** @type {string} */ id, /** @type {object} */ fields) => patch(`groups/${id}`, fields),
  dissolve: (/** @type {string} */ id) => del(`groups/${id}`),
  add: (/** @type {string} */ id, /** @type {string[]} */ userIds) => post(`groups/${id}/members`, { user_ids: userIds }),
  updateMember: (/** @type {string} */ id, /** @type {string} */ userId, /** @type {object} */ fields) => patch(`groups/${id}/members/${userId}`, fields),
  removeMember: (/** @type {string} */ id, /** @type {string} */ userId) => del(`groups/${id}/members/${userId}`),
  invites: (/** @type {string} */ id) => getAll(`groups/${id}/invites`),
  invite: (/** @type {string} */ id, /** @type {object} */ fields) => post(`groups/${id}/invites`, fields),
  endInvite: (/** @type {string} */ id, /** @type {string} */ invite) => del(`groups/${id}/invites/${invite}`),
  join: (/** @type {string} */ invite) => post('groups/join', { invite }),
  leave: (/** @type {string} */ id) => post(`groups/${id}/leave`),
  transfer: (/** @type {string} */ id, /** @type {string} */ userId) => post(`groups/${id}/transfer`, { user_id: userId }),
  joinRequests: (/** @type {string} */ id) => getAll(`groups/${id}/join-requests`),
  approve: (/** @type {string} */ id, /** @type {string} */ rid) => post(`groups/${id}/join-requests/${rid}/approve`),
  reject: (/** @type {string} */ id, /** @type {string} */ rid) => post(`groups/${id}/join-requests/${rid}/reject`),
};

/** A summary or a brief is not always done when it is asked for: then the answer has `retry_after_ms`, and one asks again. */
const DIGEST_MS = 40_000;

export const agents = {
  list: () => getAll('agents'),
  open: (/** @type {string} */ id) => post(`agents/${id}/conversation`),
  /** What the caller lets AI read (`setting`), and what the group allows at most (`max`). */
  consent: (/** @type {string} */ id, /** @type {{ setting?: string, max?: string }} */ fields) => patch(`conversations/${id}/ai`, fields),
  ledger: (/** @type {{ limit?: number, cursor?: string | null }} */ page) => get('users/me/ai-ledger', page),
  summary: (/** @type {string} */ id, /** @type {{ after_seq?: number }} */ range, /** @type {AbortSignal} */ signal) => request('POST', `conversations/${id}/summary`, { body: range, signal, patience: DIGEST_MS }),
  brief: (/** @type {Record<string, unknown>} */ query, /** @type {AbortSignal} */ signal) => request('GET', 'users/me/brief', { query, signal, patience: DIGEST_MS }),
};

export const reports = {
  file: (/** @type {object} */ fields) => post('reports', fields),
  mine: (/** @type {{ limit?: number, cursor?: string | null }} */ page) => get('users/me/reports', page),
};

export const sanctions = {
  mine: () => getAll('users/me/sanctions'),
  appeal: (/** @type {string} */ id, /** @type {string} */ text) => post(`sanctions/${id}/appeal`, { text }),
  /** For who has no session any more. */
  appealByToken: (/** @type {string} */ id, /** @type {{ text: string, appeal_token: string }} */ fields) => open(`sanctions/${id}/appeal`, fields),
};

/** Each takes the query of the contract, and a signal that gives it up. */
export const search = {
  messages: (/** @type {Record<string, unknown>} */ query, /** @type {AbortSignal | undefined} */ signal = undefined) => get('search/messages', query, signal),
  users: (/** @type {Record<string, unknown>} */ query, /** @type {AbortSignal | undefined} */ signal = undefined) => get('search/users', query, signal),
  groups: (/** @type {Record<string, unknown>} */ query, /** @type {AbortSignal | undefined} */ signal = undefined) => get('search/groups', query, signal),
  files: (/** @type {Record<string, unknown>} */ query, /** @type {AbortSignal | undefined} */ signal = undefined) => get('search/files', query, signal),
};

export const config = () => get('config');

export const files = {
  create: (/** @type {object} */ fields) => post('files', fields),
  parts: (/** @type {string} */ id) => get(`files/${id}/parts`),
  complete: (/** @type {string} */ id, /** @type {object} */ body) => post(`files/${id}/complete`, body),
  remove: (/** @type {string} */ id) => del(`files/${id}`),
  address: (/** @type {string} */ id, /** @type {'original' | 'preview' | 'thumbnail'} */ variant) => get(`files/${id}/url`, { variant }),
};

export const avatars = {
  setMine: (/** @type {string} */ fileId) => put('users/me/avatar', { file_id: fileId }),
  removeMine: () => del('users/me/avatar'),
  setGroup: (/** @type {string} */ id, /** @type {string} */ fileId) => put(`groups/${id}/avatar`, { file_id: fileId }),
  removeGroup: (/** @type {string} */ id) => del(`groups/${id}/avatar`),
};
