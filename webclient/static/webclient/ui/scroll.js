// @ts-check
// Where the log is scrolled to: at the end it stays at the end; elsewhere the first visible message keeps its place on the screen.
import { signal, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

const NEAR_PX = 48;

const endAsked = signal(0);

/** Scroll the open log to its end, wherever it is. */
export const showEnd = () => void (endAsked.value += 1);

/**
 * @param {boolean} ready whether messages stand in the box
 * @param {import('../store/types.js').Message[]} messages
 * @param {boolean} atEnd whether the window reaches the newest message
 */
export function useScroll(ready, messages, atEnd) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  const content = useRef(/** @type {HTMLElement | null} */ (null));
  const anchor = useRef(/** @type {{ key: string, top: number } | null} */ (null));
  const opened = useRef(false);
  const atBottom = useSignal(true);
  const newest = messages.at(-1)?.client_msg_id || messages.at(-1)?.message_id;
  const last = useRef(newest);

  const toBottom = (smooth = false) => {
    const box = ref.current;
    if (!box) return;
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const far = box.scrollHeight - box.scrollTop - box.clientHeight > box.clientHeight * 2;
    box.scrollTo({ top: box.scrollHeight, behavior: smooth && !still && !far ? 'smooth' : 'instant' });
  };
  const remember = () => {
    const box = ref.current;
    if (!box) return;
    atBottom.value = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
    anchor.current = firstVisible(box);
  };

  useLayoutEffect(() => {
    const box = ref.current;
    if (!box || !ready) return;
    const mine = newest !== last.current && messages.at(-1)?.state === 'sending';
    last.current = newest;
    if (!opened.current) {
      opened.current = true;
      const divider = /** @type {HTMLElement | null} */ (box.querySelector('.unread-divider'));
      if (divider) box.scrollTop = Math.max(0, divider.offsetTop - box.clientHeight / 3);
      else toBottom();
      box.dataset.placed = 'true';
    } else if (atEnd && (mine || atBottom.peek())) toBottom();
    else if (anchor.current) keepPlace(box, anchor.current);
    remember();
  }, [ready, messages, atEnd]);

  useLayoutEffect(() => {
    if (!endAsked.value) return;
    toBottom();
    remember();
  }, [endAsked.value]);

  useEffect(() => {
    const box = ref.current;
    if (!box || !content.current) return undefined;
    const observer = new ResizeObserver(() => {
      if (atBottom.peek() && atEnd) toBottom();
    });
    observer.observe(content.current);
    observer.observe(box);
    return () => observer.disconnect();
  }, [ready, atEnd]);

  return { ref, content, atBottom, toBottom, remember };
}

/** @param {HTMLElement} box */
function firstVisible(box) {
  const top = box.getBoundingClientRect().top;
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (box.querySelectorAll('[data-key]'))) {
    const rect = element.getBoundingClientRect();
    if (rect.bottom > top) return { key: element.dataset.key ?? '', top: rect.top - top };
  }
  return null;
}

/** @param {HTMLElement} box @param {{ key: string, top: number }} anchor */
function keepPlace(box, anchor) {
  const element = box.querySelector(`[data-key="${CSS.escape(anchor.key)}"]`);
  if (!element) return;
  const moved = element.getBoundingClientRect().top - box.getBoundingClientRect().top - anchor.top;
  // Even writing the same place would end a smooth scroll that is under way.
  if (moved) box.scrollTop += moved;
}
