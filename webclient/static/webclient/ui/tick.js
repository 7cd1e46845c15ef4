// @ts-check
// How far a message of mine has come: clock, one tick, two, two in accent; a mark when it failed.
import { t } from '../i18n/index.js';
import { html } from './html.js';
import { Icon } from './icons.js';

const ICONS = /** @type {Record<string, string>} */ ({ sending: 'clock', stored: 'check', delivered: 'checks', read: 'checks', failed: 'alert' });

/** @param {{ state: string, size?: number }} props */
export function Tick({ state, size = 16 }) {
  return html`<${Icon} name=${ICONS[state]} size=${size} class=${`tick tick-${state}`} label=${t(`tick.${state}`)} />`;
}
