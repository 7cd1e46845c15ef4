// @ts-check
// Notices at the foot of the page, read out politely.
import { dismiss, toasts } from '../store/toasts.js';
import { t } from '../i18n/index.js';
import { html } from './html.js';
import { Icon } from './icons.js';

export function Toasts() {
  return html`
    <div class="toasts" role="status" aria-live="polite">
      ${toasts.value.map(({ id, text, tone, action }) => html`
        <div key=${id} class=${`toast toast-${tone}`}>
          ${tone === 'danger' && html`<${Icon} name="alert" />`}
          <span class="toast-text">${text}</span>
          ${action && html`<button class="link" onClick=${() => { dismiss(id); action.run(); }}>${action.label}</button>`}
          <button class="icon-button icon-button-small" aria-label=${t('action.close')} onClick=${() => dismiss(id)}><${Icon} name="close" size=${16} /></button>
        </div>`)}
    </div>
  `;
}
