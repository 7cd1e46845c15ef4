// @ts-check
// The summary of what is unread in a conversation: a card above its messages, which its sources move to.
import { askSummary, closeSummary, summaries } from '../../store/digests.js';
import { t } from '../../i18n/index.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { Sources } from './cites.js';
import { DigestSkeleton, Lines, Reach } from './digest.js';

/** From how many unread messages on a summary is offered at the divider. */
export const WORTH_IT = 10;

/** @param {{ id: string }} props */
export function SummaryCard({ id }) {
  const asked = summaries.value.get(id);
  if (!asked) return null;
  const { state, result, error } = asked;
  return html`
    <section class="summary" aria-label=${t('summary.title')} aria-live="polite">
      <header class="summary-head">
        <span class="summary-mark"><${Icon} name="sparkle" size=${18} /></span><h2>${t('summary.title')}</h2>
        ${state === 'loading' && html`<button class="link" onClick=${() => closeSummary(id)}>${t('action.cancel')}</button>`}
        ${state !== 'loading' && html`<button class="icon-button icon-button-small" aria-label=${t('action.close')} onClick=${() => closeSummary(id)}><${Icon} name="close" size=${18} /></button>`}
      </header>
      ${state === 'loading' && html`<${DigestSkeleton} />`}
      ${state === 'failed' && html`<div class="summary-failed" role="alert"><${Icon} name="alert" size=${18} /><span>${error}</span><button class="link" onClick=${() => void askSummary(id)}>${t('app.tryAgain')}</button></div>`}
      ${result && html`
        <div class="summary-body">
          ${result.message_count ? html`<${Lines} lines=${linesOf(result.text)} citations=${result.citations} />` : html`<p class="hint">${result.text || t('summary.nothing')}</p>`}
          <${Sources} citations=${result.citations} here=${id} />
          <${Reach} count=${result.message_count} leftOut=${result.left_out} model=${result.model} />
        </div>`}
    </section>
  `;
}

/** @param {string} text */
const linesOf = (text) => text.split('\n').filter((line) => line.trim());

/** At the unread divider. @param {{ id: string, afterSeq: number }} props */
export function SummaryButton({ id, afterSeq }) {
  if (summaries.value.has(id)) return null;
  return html`<button class="divider-button" onClick=${() => void askSummary(id, afterSeq)}><${Icon} name="sparkle" size=${14} />${t('summary.do')}</button>`;
}
