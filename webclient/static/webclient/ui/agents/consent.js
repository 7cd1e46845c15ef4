// @ts-check
// What AI may read of what one writes in a chat, and what the group's owner lets everyone allow at most.
import { useState } from 'preact/hooks';

import { setConsent } from '../../store/agents.js';
import { attempt } from '../../store/toasts.js';
import { t } from '../../i18n/index.js';
import { moveFocus } from '../focus.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { showMenu } from '../menu.js';
import { follow } from '../rail.js';

/** @typedef {import('../../store/types.js').Conversation} Conversation */
/** @typedef {import('../../store/types.js').AiSetting} AiSetting */

/** @type {AiSetting[]} from least to most */
const SETTINGS = ['off', 'on_request', 'indexed'];

/** @param {{ entry: Conversation }} props */
export function Consent({ entry }) {
  const [busy, setBusy] = useState(false);
  if (!entry.ai || !entry.ai_max) return null;
  const most = SETTINGS.indexOf(entry.ai_max);
  /** @param {{ setting?: AiSetting, max?: AiSetting }} fields */
  const set = async (fields) => {
    setBusy(true);
    await attempt(() => setConsent(entry.id, fields));
    setBusy(false);
  };
  return html`
    <section class="details-section consent" aria-label=${t('consent.title')}>
      <div class="section-head"><h3>${t('consent.title')}</h3></div>
      <div role="radiogroup" aria-label=${t('consent.title')} onKeyDown=${(/** @type {KeyboardEvent} */ event) => moveFocus(event, 'button', 'vertical')}>
        ${SETTINGS.map((setting, rank) => html`
          <button key=${setting} type="button" class="choice" role="radio" aria-checked=${setting === entry.ai} disabled=${busy || rank > most} onClick=${() => setting !== entry.ai && set({ setting })}>
            <span class="reason-mark" aria-hidden="true"></span><span class="choice-text"><span>${t(`consent.${setting}`)}</span><span class="hint">${t(`consent.${setting}Hint`)}</span></span>
          </button>`)}
      </div>
      ${entry.kind === 'group' && most < 2 && entry.role !== 'owner' && html`<p class="hint consent-note"><${Icon} name="lock" size=${14} /><span>${t('consent.capped', { most: t(`consent.${entry.ai_max}`) })}</span></p>`}
      ${entry.kind === 'group' && entry.role === 'owner' && html`<${Cap} most=${entry.ai_max} onChange=${(/** @type {AiSetting} */ max) => set({ max })} />`}
      <a class="link consent-more" href="/settings/ai" onClick=${(/** @type {MouseEvent} */ event) => follow(event, '/settings/ai')}>${t('consent.ledger')}</a>
    </section>
  `;
}

/** @param {{ most: AiSetting, onChange: (most: AiSetting) => void }} props */
function Cap({ most, onChange }) {
  const open = (/** @type {MouseEvent} */ event) => showMenu(event, SETTINGS.map((setting) => ({ label: t(`consent.${setting}`), hint: t(`consent.max.${setting}`), checked: setting === most, run: () => onChange(setting) })));
  return html`
    <button type="button" class="setting consent-cap" aria-haspopup="menu" onClick=${open}><span>${t('consent.max')}</span><span class="consent-most">${t(`consent.${most}`)}<${Icon} name="down" size=${16} /></span></button>
  `;
}
