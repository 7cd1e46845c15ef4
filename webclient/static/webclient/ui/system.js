// @ts-check
// Sentences for what happened to a group, in the reader's language.
import { language } from '../store/prefs.js';
import { myId } from '../store/session.js';
import { nameOf } from '../store/users.js';
import { hasText, t } from '../i18n/index.js';

const MOST = 4;

/** @param {string} id @param {string} you what the reader is called here */
const personOf = (id, you) => (id === myId.value ? t(you) : nameOf(id));

/** @param {import('../store/types.js').Message} message */
export function systemText(message) {
  const { event, user_ids: userIds = [], text } = message.content;
  const actor = message.sender_id;
  const people = listOf(userIds);
  const self = userIds.length === 1 && userIds[0] === actor;
  const joined = message.seq === 1 ? 'system.created' : self ? 'system.joined' : 'system.added';
  const key = event === 'member-joined' ? joined : `system.${event}`;
  if (!event || !hasText(key)) return text ?? '';
  return t(key, { actor: personOf(actor, 'person.you'), people: people || personOf(actor, 'person.you') });
}

/** A few people by name, and how many more. @param {string[]} userIds */
function listOf(userIds) {
  const names = userIds.slice(0, MOST).map((id) => personOf(id, 'system.you'));
  if (userIds.length > MOST) names.push(t('system.more', { count: userIds.length - MOST }));
  return new Intl.ListFormat(language.value, { type: 'conjunction' }).format(names);
}
