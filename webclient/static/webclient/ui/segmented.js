// @ts-check
import { moveFocus } from './focus.js';
import { html } from './html.js';
import { Icon } from './icons.js';

/**
 * One choice of a few, side by side.
 * @param {{ label: string, value: string, options: Array<[string, string]>, onChange: (value: any) => void, disabled?: boolean }} props
 */
export function Segmented({ label, value, options, onChange, disabled = false }) {
  return html`
    <div class="segmented" role="radiogroup" aria-label=${label} onKeyDown=${(/** @type {KeyboardEvent} */ event) => moveFocus(event, 'button', 'horizontal')}>
      ${options.map(([name, text]) => html`
        <button key=${name} type="button" role="radio" aria-checked=${name === value} disabled=${disabled} onClick=${() => onChange(name)}>${text}</button>`)}
    </div>
  `;
}

/** A setting that is on or off. @param {{ label: string, hint?: string, icon?: string, on: boolean, onChange: (on: boolean) => void, disabled?: boolean }} props */
export function Switch({ label, hint, icon, on, onChange, disabled = false }) {
  return html`
    <button type="button" class="switch-row" role="switch" aria-checked=${on} disabled=${disabled} onClick=${() => onChange(!on)}>
      ${icon && html`<${Icon} name=${icon} />`}<span class="switch-text"><span>${label}</span>${hint && html`<span class="hint">${hint}</span>`}</span><span class="switch" aria-hidden="true"></span>
    </button>
  `;
}
