// @ts-check
// From a text to the people whom it names.
import { rosterOf } from '../store/members.js';
import { nameOf } from '../store/users.js';

const EVERYONE = /(^|\s)@(all|所有人)(?![\p{L}\p{N}])/u;

/**
 * @param {import('../store/types.js').Conversation} entry @param {string} text
 * @returns {string[]} user ids, or ["all"]
 */
export function readMentions(entry, text) {
  if (entry.kind === 'direct' || !text.includes('@')) return [];
  if (EVERYONE.test(text) && entry.role !== 'member') return ['all'];
  return rosterOf(entry.id).members.map((row) => row.user.id).filter((id) => text.includes(`@${nameOf(id)}`));
}
