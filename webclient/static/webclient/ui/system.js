// @ts-check
// Sentences for what happened to a group, in the reader's language.
import { myId } from '../store/session.js';
import { nameOf } from '../store/users.js';
import { hasText, t } from '../i18n/index.js';

/** @param {string} id */
const personOf = (id) => (id === myId.value ? t('person.you') : nameOf(id));

/** @param {import('../store/types.js').Message} message */
export function systemText(message) {
  const { event, user_ids: userIds = [], text } = message.content;
  const actor = message.sender_id;
  const people = userIds.slice(0, 4).map(personOf).join(t('list.comma')) + (userIds.length > 4 ? t('system.andMore', { count: userIds.length - 4 }) : '');
  const self = userIds.length === 1 && userIds[0] === actor;
  const joined = message.seq === 1 ? 'system.created' : self ? 'system.joined' : 'system.added';
  const key = event === 'member-joined' ? joined : `system.${event}`;
  if (!event || !hasText(key)) return text ?? '';
  return t(key, { actor: personOf(actor), people: people || personOf(actor) });
}
