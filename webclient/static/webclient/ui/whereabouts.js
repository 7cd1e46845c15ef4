// @ts-check
// Whether a person is here, in words.
import { connection } from '../socket/connection.js';
import { isOnline, presence } from '../store/presence.js';
import { lastSeen } from '../i18n/time.js';
import { t } from '../i18n/index.js';

/** @param {string | null | undefined} userId @returns {string} without a connection nobody is called offline: it is not known */
export function whereabouts(userId) {
  if (isOnline(userId ?? undefined)) return t('presence.online');
  if (connection.value.status !== 'online') return t('presence.unknown');
  return lastSeen(presence.value.get(userId ?? '')?.lastSeen);
}
