// @ts-check
// Why a person cannot write in a conversation now, if that is known beforehand.
import { blocked } from '../store/contacts.js';
import { isLarge, profiles, rosterOf } from '../store/members.js';
import { myId } from '../store/session.js';
import { fullTime, now } from '../i18n/time.js';
import { t } from '../i18n/index.js';

/** @param {import('../store/types.js').Conversation} entry @returns {string | null} a sentence, or null when one may write */
export function silenceOf(entry) {
  if (entry.kind === 'direct') return blocked.value.some((user) => user.id === entry.peer?.id) ? t('silence.blocked') : null;
  if (entry.role === 'owner' || entry.role === 'admin') return null;
  const rules = profiles.value.get(entry.id) ?? entry;
  if (rules.announcement_only) return t('silence.announcementOnly');
  if (rules.muted_all) return t('silence.mutedAll');
  const seat = (!isLarge(entry) && rosterOf(entry.id).members.find((row) => row.user.id === myId.value)) || entry;
  const until = seat.muted_until;
  return until && Date.parse(until) > now.value ? t('silence.muted', { time: fullTime(until) }) : null;
}
