// @ts-check
// The end of a list that has further pages.
import { useEffect, useRef, useState } from 'preact/hooks';

import { attempt } from '../store/toasts.js';
import { t } from '../i18n/index.js';
import { html } from './html.js';

/**
 * Loads the next page when it comes into sight, and again at a click where that failed.
 * @param {{ cursor: string, load: () => Promise<unknown> }} props `cursor` names the page that comes next
 */
export function More({ cursor, load }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  const [busy, setBusy] = useState(false);
  const next = async () => {
    setBusy(true);
    await attempt(load);
    setBusy(false);
  };
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => {
      if (!entry.isIntersecting) return;
      observer.disconnect();
      void next();
    }, { root: scrollerOf(ref.current), rootMargin: '400px' });
    if (ref.current) observer.observe(ref.current);
    return () => observer.disconnect();
  }, [cursor]);
  return html`<button ref=${ref} type="button" class="link more" disabled=${busy} onClick=${next}>${t('group.moreMembers')}</button>`;
}

/** The box that scrolls an element: a margin counts only for the observer's own root. @param {HTMLElement | null} element */
function scrollerOf(element) {
  let box = element?.parentElement ?? null;
  while (box && !/auto|scroll/.test(getComputedStyle(box).overflowY)) box = box.parentElement;
  return box;
}
