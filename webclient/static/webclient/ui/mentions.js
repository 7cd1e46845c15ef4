// @ts-check
// From a text to the people whom it names.
import { isPrivate } from '../store/conversations.js';
import { heldLog } from '../store/logs.js';
import { isLarge, rosterOf } from '../store/members.js';
import { nameOf } from '../store/users.js';

/** @typedef {import('../store/types.js').Conversation} Conversation */

const EVERYONE = /(^|\s)@(all|所有人)(?![\p{L}\p{N}])/u;

/** Whom the completion has put into texts, by conversation: in a large group no roster knows them. @type {Map<string, Set<string>>} */
const noted = new Map();

/** @param {string} id @param {string} userId */
export function noteMention(id, userId) {
  noted.set(id, (noted.get(id) ?? new Set()).add(userId));
}

/** Who wrote the messages that the page holds, the latest first. @param {string} id */
export function sendersOf(id) {
  const senders = (heldLog(id)?.messages.value ?? []).filter((message) => message.kind !== 'system').map((message) => message.sender_id);
  return [...new Set(senders.reverse())];
}

/**
 * @param {Conversation} entry @param {string} text
 * @returns {string[]} user ids, or ["all"]
 */
export function readMentions(entry, text) {
  if (isPrivate(entry) || !text.includes('@')) return [];
  if (EVERYONE.test(text) && entry.role !== 'member') return ['all'];
  return namedAmong(peopleOf(entry), text);
}

/** @param {Conversation} entry */
function peopleOf(entry) {
  if (!isLarge(entry)) return rosterOf(entry.id).members.map((row) => row.user.id);
  return [...new Set([...(noted.get(entry.id) ?? []), ...sendersOf(entry.id)])];
}

/** @param {string[]} ids @param {string} text */
const namedAmong = (ids, text) => ids.filter((id) => text.includes(`@${nameOf(id)}`));
