// @ts-check
// A dialog: keeps focus, closes on Escape and on a click beside it, gives focus back.
import { t } from '../i18n/index.js';
import { useFocusTrap } from './focus.js';
import { html } from './html.js';
import { Icon } from './icons.js';

/** @param {{ title: string, onClose: () => void, children: any, small?: boolean, role?: string, class?: string }} props */
export function Dialog({ title, onClose, children, small = false, role = 'dialog', class: className = '' }) {
  const ref = useFocusTrap();
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.key !== 'Escape' || event.isComposing) return;
    event.stopPropagation();
    onClose();
  };
  /** @param {MouseEvent} event */
  const onPointerDown = (event) => void (event.target === event.currentTarget && onClose());
  return html`
    <div class="scrim" onPointerDown=${onPointerDown}>
      <div ref=${ref} class=${`dialog ${small ? 'dialog-small' : ''} ${className}`} role=${role} aria-modal="true" aria-label=${title} tabindex="-1" onKeyDown=${onKeyDown}>
        <header class="dialog-header">
          <h2>${title}</h2>
          ${!small && html`<button class="icon-button" aria-label=${t('action.close')} onClick=${onClose}><${Icon} name="close" /></button>`}
        </header>
        ${children}
      </div>
    </div>
  `;
}
