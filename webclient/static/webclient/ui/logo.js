// @ts-check
import { html } from './html.js';
import { Icon } from './icons.js';

/** The mark of the product. @param {{ size?: number }} props */
export function Logo({ size = 36 }) {
  return html`<span class=${`logo logo-${size}`} aria-hidden="true"><${Icon} name="chat" size=${Math.round(size * 0.58)} /></span>`;
}
