// @ts-check
// A message that was gone to lights up for a moment.
import { useEffect, useRef } from 'preact/hooks';

import { flashed } from './goto.js';

/** A ref for the element of a message. @param {string} messageId */
export function useFlash(messageId) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  const lit = flashed.value?.id === messageId ? flashed.value : null;
  useEffect(() => {
    if (!lit || !ref.current) return undefined;
    const element = ref.current;
    element.classList.add('message-flash');
    const fade = () => element.classList.remove('message-flash');
    const timer = setTimeout(fade, 1_600);
    return () => {
      clearTimeout(timer);
      fade();
    };
  }, [lit]);
  return ref;
}
