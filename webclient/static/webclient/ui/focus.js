// @ts-check
// Keyboard focus: arrows inside a set of controls, a trap inside a dialog, and giving focus back.
import { useLayoutEffect, useRef } from 'preact/hooks';

const FOCUSABLE = 'a[href], button:not([disabled]), input:not([disabled]), textarea:not([disabled]), select:not([disabled]), [tabindex]:not([tabindex="-1"])';

/** Move focus between the controls of a container with the arrow keys, Home and End. @param {KeyboardEvent} event @param {string} selector @param {'horizontal' | 'vertical'} axis */
export function moveFocus(event, selector, axis) {
  const [back, forth] = axis === 'horizontal' ? ['ArrowLeft', 'ArrowRight'] : ['ArrowUp', 'ArrowDown'];
  if (![back, forth, 'Home', 'End'].includes(event.key)) return;
  const container = /** @type {HTMLElement} */ (event.currentTarget);
  const controls = /** @type {HTMLElement[]} */ ([...container.querySelectorAll(selector)]);
  const index = controls.findIndex((control) => control === document.activeElement);
  if (index < 0) return;
  event.preventDefault();
  const last = controls.length - 1;
  const next = event.key === 'Home' ? 0 : event.key === 'End' ? last : event.key === back ? Math.max(0, index - 1) : Math.min(last, index + 1);
  controls[next].focus();
}

/** Keep focus inside an element while it stands, and give it back afterwards. @returns {import('preact').RefObject<any>} */
export function useFocusTrap() {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    const root = ref.current;
    if (!root) return undefined;
    if (!root.contains(before)) {
      const first = /** @type {HTMLElement | null} */ (root.querySelector('[autofocus]') ?? root.querySelector(FOCUSABLE));
      first?.focus();
    }
    /** @param {KeyboardEvent} event */
    const trap = (event) => {
      if (event.key !== 'Tab') return;
      const controls = /** @type {HTMLElement[]} */ ([...root.querySelectorAll(FOCUSABLE)]);
      const edge = event.shiftKey ? controls[0] : controls[controls.length - 1];
      if (document.activeElement === edge) {
        event.preventDefault();
        (event.shiftKey ? controls[controls.length - 1] : controls[0])?.focus();
      }
    };
    root.addEventListener('keydown', trap);
    return () => {
      root.removeEventListener('keydown', trap);
      if (before?.isConnected) before.focus();
    };
  }, []);
  return ref;
}
