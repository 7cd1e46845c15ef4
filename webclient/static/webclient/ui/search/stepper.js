// @ts-check
// Above the conversation of a hit: which of how many it is, the one before and the one after, and the way out.
import { loadMoreFound, shown } from '../../store/search.js';
import { closeHit, hit } from '../../store/searchquery.js';
import { attempt } from '../../store/toasts.js';
import { t } from '../../i18n/index.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { openFound } from './rows.js';

export function Stepper() {
  const known = shown.value;
  const rows = known?.rows ?? [];
  const index = rows.findIndex((row) => row.message.message_id === hit.value?.m);
  const total = known?.total ?? rows.length;
  const step = async (/** @type {number} */ by) => {
    if (index + by >= rows.length) await attempt(loadMoreFound);
    openFound(index + by);
  };
  return html`
    <div class="stepper" role="group" aria-label=${t('search.stepper')}>
      <span class="stepper-text" aria-live="polite">${index < 0 ? t('search.result') : t(known?.more ? 'search.resultOfMore' : 'search.resultOf', { number: index + 1, total })}</span>
      ${index >= 0 && html`
        <button class="icon-button icon-button-small" aria-label=${t('search.previous')} title=${t('search.previous')} disabled=${index === 0} onClick=${() => step(-1)}><${Icon} name="arrowUp" /></button>
        <button class="icon-button icon-button-small" aria-label=${t('search.next')} title=${t('search.next')} disabled=${index + 1 >= rows.length && !known?.cursor} onClick=${() => step(1)}><${Icon} name="arrowDown" /></button>`}
      <button class="icon-button icon-button-small" aria-label=${t('search.backToResults')} title=${t('search.backToResults')} onClick=${closeHit}><${Icon} name="close" /></button>
    </div>
  `;
}
