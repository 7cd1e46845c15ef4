// @ts-check
// The AI agents that one can ask, and the conversations with them.
import { signal } from '@preact/signals';

import { agents as api } from '../api/endpoints.js';
import { putConversations } from './conversations.js';
import { rememberUser, userOf } from './users.js';

/** @typedef {{ id: string, name: string, description: string, avatar_url: string | null }} Agent */
/** @typedef {import('./types.js').AiSetting} AiSetting */

/** null until they are known. */
export const agents = signal(/** @type {Agent[] | null} */ (null));

/** @param {string | null | undefined} userId */
export const isAgent = (userId) => userOf(userId)?.kind === 'agent';

/** An agent as the user that it is. @param {Agent} agent @returns {import('./types.js').User} */
export const userOfAgent = (agent) => ({ id: agent.id, username: '', display_name: agent.name, avatar_url: agent.avatar_url, kind: 'agent' });

/** @throws {import('../api/http.js').ApiError} */
export async function loadAgents() {
  const rows = await api.list();
  rows.forEach((row) => userOf(row.id) ?? rememberUser(userOfAgent(row)));
  agents.value = rows;
}

/** Open the caller's conversation with an agent. @param {string} id @returns {Promise<import('./types.js').Conversation>} */
export async function openAgent(id) {
  const row = await api.open(id);
  putConversations([row]);
  return row;
}

/**
 * Change what AI may read of a conversation.
 * @param {string} id @param {{ setting?: AiSetting, max?: AiSetting }} fields
 */
export async function setConsent(id, fields) {
  putConversations([await api.consent(id, fields)]);
}

export function dropAgents() {
  agents.value = null;
}
