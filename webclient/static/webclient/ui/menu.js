// @ts-check
// A menu at the place where it was asked for; closes on choice, Escape, or a click elsewhere.
import { signal } from '@preact/signals';
import { useLayoutEffect, useState } from 'preact/hooks';

import { html } from './html.js';
import { Icon } from './icons.js';
import { moveFocus, useFocusTrap } from './focus.js';

/** @typedef {{ icon?: string, label: string, run: () => void, danger?: boolean }} MenuItem */
/** @typedef {{ x: number, y: number, alignEnd: boolean, items: MenuItem[], top?: any }} MenuState */

const menu = signal(/** @type {MenuState | null} */ (null));

/**
 * @param {MouseEvent} event where to open: at the pointer for a context menu, otherwise under the control
 * @param {MenuItem[]} items @param {any} [top] what stands above the items
 */
export function showMenu(event, items, top) {
  const control = /** @type {HTMLElement} */ (event.currentTarget);
  const box = control.getBoundingClientRect();
  const atPointer = event.type === 'contextmenu' && event.clientX > 0;
  menu.value = {
    x: atPointer ? event.clientX : box.right,
    y: atPointer ? event.clientY : box.bottom + 4,
    alignEnd: !atPointer,
    items,
    top,
  };
}

export function closeMenu() {
  menu.value = null;
}

export function Menu() {
  return menu.value && html`<${OpenMenu} key=${`${menu.value.x} ${menu.value.y}`} state=${menu.value} />`;
}

/** @param {{ state: MenuState }} props */
function OpenMenu({ state }) {
  const ref = useFocusTrap();
  const [place, setPlace] = useState({ left: -9999, top: 0 });
  useLayoutEffect(() => {
    const { width, height } = ref.current.getBoundingClientRect();
    const left = state.alignEnd ? state.x - width : state.x;
    const top = state.y + height > innerHeight - 8 ? Math.max(8, state.y - height - (state.alignEnd ? 44 : 0)) : state.y;
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
      ${state.top}
      ${state.items.map((item) => html`
        <button key=${item.label} class=${`menu-item ${item.danger ? 'menu-danger' : ''}`} role="menuitem" onClick=${() => choose(item)}>
          ${item.icon && html`<${Icon} name=${item.icon} size=${18} />`}<span>${item.label}</span>
        </button>`)}
    </div>
  `;
}
