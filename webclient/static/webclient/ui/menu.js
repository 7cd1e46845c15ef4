// @ts-check
// A menu at the place where it was asked for; closes on choice, Escape, or a click elsewhere.
import { signal } from '@preact/signals';
import { useLayoutEffect, useState } from 'preact/hooks';

import { html } from './html.js';
import { Icon } from './icons.js';
import { moveFocus, useFocusTrap } from './focus.js';

/** `checked` makes the item one of a choice. @typedef {{ icon?: string, label: string, hint?: string, run: () => void, danger?: boolean, checked?: boolean }} MenuItem */
/** What stands above and below the items, and with which edge of its control the menu is in line. @typedef {{ head?: any, foot?: any, align?: 'start' | 'end' }} MenuFrame */
/** @typedef {{ left: number, right: number, top: number, bottom: number, atPointer: boolean, items: MenuItem[] } & MenuFrame} MenuState */

const menu = signal(/** @type {MenuState | null} */ (null));

/**
 * @param {import('./longpress.js').MenuEvent} event where to open: at the pointer for a context menu, otherwise under the control
 * @param {MenuItem[]} items @param {MenuFrame} [frame]
 */
export function showMenu(event, items, frame = {}) {
  const control = /** @type {HTMLElement} */ (event.currentTarget);
  const box = control.getBoundingClientRect();
  const atPointer = event.type === 'contextmenu' && event.clientX > 0;
  const point = { left: event.clientX, right: event.clientX, top: event.clientY, bottom: event.clientY };
  const { left, right, top, bottom } = atPointer ? point : box;
  menu.value = { left, right, top, bottom, atPointer, items, ...frame };
}

export function closeMenu() {
  menu.value = null;
}

export function Menu() {
  return menu.value && html`<${OpenMenu} key=${`${menu.value.left} ${menu.value.top}`} state=${menu.value} />`;
}

/** @param {{ state: MenuState }} props */
function OpenMenu({ state }) {
  const ref = useFocusTrap();
  const [place, setPlace] = useState({ left: -9999, top: 0 });
  useLayoutEffect(() => {
    const { offsetWidth: width, offsetHeight: height } = ref.current;
    const gap = state.atPointer ? 0 : 4;
    const below = state.bottom + gap;
    const left = state.atPointer || state.align === 'start' ? state.left : state.right - width;
    const top = below + height > innerHeight - 8 ? Math.max(8, state.top - height - gap) : below;
    setPlace({ left: Math.max(8, Math.min(left, innerWidth - width - 8)), top });
  }, [state]);
  /** @param {MenuItem} item */
  const choose = (item) => {
    closeMenu();
    item.run();
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      closeMenu();
    } else moveFocus(event, '.menu-item', 'vertical');
  };
  return html`
    <div class="menu-scrim" onPointerDown=${closeMenu} onContextMenu=${(/** @type {Event} */ event) => { event.preventDefault(); closeMenu(); }}></div>
    <div ref=${ref} class="menu" role="menu" style=${{ left: `${place.left}px`, top: `${place.top}px` }} onKeyDown=${onKeyDown}>
      ${state.head}
      ${state.items.map((item) => html`
        <button key=${item.label} class=${`menu-item ${item.danger ? 'menu-danger' : ''}`} role=${item.checked === undefined ? 'menuitem' : 'menuitemradio'} aria-checked=${item.checked} onClick=${() => choose(item)}>
          ${item.icon && html`<${Icon} name=${item.icon} size=${18} />`}<span class="menu-label">${item.label}${item.hint && html`<span class="hint">${item.hint}</span>`}</span>
          ${item.checked && html`<${Icon} name="check" size=${18} class="menu-check" />`}
        </button>`)}
      ${state.foot}
    </div>
  `;
}
