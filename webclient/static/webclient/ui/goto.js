// @ts-check
// Going to a message: scroll to it where it is loaded, load its surroundings where it is not, and let it flash.
import { signal } from '@preact/signals';

import { logOf, openLog } from '../store/logs.js';
import { openConversation, openId } from '../store/router.js';
import { attempt } from '../store/toasts.js';

const SEQ_BITS = 30n;

/** The message that flashes; a new object for each time. */
export const flashed = signal(/** @type {{ id: string } | null} */ (null));

/** @param {string} id @param {string} messageId @param {number} [seq] where the message stands in the log, when known */
export async function goToMessage(id, messageId, seq) {
  if (openId.value !== id) openConversation(id);
  if (!logOf(id).find(messageId)) {
    const around = seq ?? seqOf(messageId);
    if (around === null) return;
    await attempt(() => openLog(id, { around }));
  }
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  const element = document.querySelector(`[data-message-id="${CSS.escape(messageId)}"]`);
  if (!element) return;
  element.scrollIntoView({ block: 'center', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth' });
  flashed.value = { id: messageId };
}

/** @param {string} messageId */
function seqOf(messageId) {
  return /^\d+$/.test(messageId) ? Number(BigInt(messageId) & ((1n << SEQ_BITS) - 1n)) : null;
}
