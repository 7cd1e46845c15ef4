// @ts-check
// A long touch does what a mouse's second button does. Not every browser tells of it, and some select a word instead.
import { useRef } from 'preact/hooks';

const PRESS_MS = 450;
const SLACK_PX = 10;

/** @typedef {Pick<MouseEvent, 'type' | 'target' | 'currentTarget' | 'clientX' | 'clientY' | 'preventDefault'>} MenuEvent */

/**
 * Handlers to spread on an element.
 * @param {(event: MenuEvent) => void} open takes a context menu's event, or the like of it for a touch
 */
export function useLongPress(open) {
  const press = useRef({ timer: 0, done: false, x: 0, y: 0 });
  const stop = () => clearTimeout(press.current.timer);
  /** @param {TouchEvent} event */
  const onTouchStart = (event) => {
    stop();
    press.current.done = false;
    if (event.touches.length > 1) return;
    const { clientX, clientY, target } = event.touches[0];
    const currentTarget = event.currentTarget;
    press.current = { done: false, x: clientX, y: clientY, timer: setTimeout(() => {
      press.current.done = true;
      open({ type: 'contextmenu', target, currentTarget, clientX, clientY, preventDefault: () => {} });
    }, PRESS_MS) };
  };
  /** @param {TouchEvent} event */
  const onTouchMove = (event) => {
    const { clientX, clientY } = event.touches[0];
    if (Math.hypot(clientX - press.current.x, clientY - press.current.y) > SLACK_PX) stop();
  };
  /** The touch that opened a menu is not also a click on what lies below. @param {TouchEvent} event */
  const onTouchEnd = (event) => {
    stop();
    if (press.current.done && event.cancelable) event.preventDefault();
    press.current.done = false;
  };
  /** @param {MouseEvent} event */
  const onContextMenu = (event) => {
    stop();
    if (press.current.done) event.preventDefault();
    else open(event);
  };
  return { onTouchStart, onTouchMove, onTouchEnd, onTouchCancel: stop, onContextMenu };
}
