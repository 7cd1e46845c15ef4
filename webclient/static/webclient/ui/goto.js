// @ts-check
// Going to a message: scroll to it where it is loaded, load its surroundings where it is not, and let it flash.
import { signal } from '@preact/signals';

import { logOf, openLog } from '../store/logs.js';
import { openConversation, openId } from '../store/router.js';
import { attempt } from '../store/toasts.js';

const SEQ_BITS = 30n;
const SETTLE_FRAMES = 2;
const MOST_FRAMES = 120;

/** The message that flashes; a new object for each time. */
export const flashed = signal(/** @type {{ id: string } | null} */ (null));

/** @param {string} id @param {string} messageId @param {number} [seq] where the message stands in the log, when known */
export async function goToMessage(id, messageId, seq) {
  const fresh = openId.value !== id || !document.querySelector('.log[data-placed]');
  if (openId.value !== id) openConversation(id);
  if (!logOf(id).find(messageId)) {
    const around = seq || seqOf(messageId);
    if (!around) return;
    await attempt(() => openLog(id, { around }));
  }
  const element = await drawn(id, messageId);
  if (!element) return;
  const still = fresh || isFar(element) || matchMedia('(prefers-reduced-motion: reduce)').matches;
  element.scrollIntoView({ block: 'center', behavior: still ? 'instant' : 'smooth' });
  // The log learns its new place at once: a page that comes before the browser's own event must not take it back.
  if (still) element.closest('.log')?.dispatchEvent(new Event('scroll'));
  flashed.value = { id: messageId };
}

/** @param {string} messageId */
export const elementOf = (messageId) => document.querySelector(`[data-message-id="${CSS.escape(messageId)}"]`);

/** Whether the way is too long to be scrolled smoothly: pages that load on it would end the scroll midway. @param {Element} element */
function isFar(element) {
  const { top } = element.getBoundingClientRect();
  return top < -innerHeight || top > innerHeight * 2;
}

/** The message on the page, once it is drawn and the log has taken its first place; null where it is not in the log. @param {string} id @param {string} messageId */
async function drawn(id, messageId) {
  for (let frames = 0; frames < MOST_FRAMES; frames += 1) {
    if (frames >= SETTLE_FRAMES && elementOf(messageId)?.closest('[data-placed]')) break;
    if (openId.value !== id || (logOf(id).state.value === 'ready' && !logOf(id).find(messageId))) break;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  return elementOf(messageId);
}

/** @param {string} messageId */
function seqOf(messageId) {
  return /^\d+$/.test(messageId) ? Number(BigInt(messageId) & ((1n << SEQ_BITS) - 1n)) : null;
}
