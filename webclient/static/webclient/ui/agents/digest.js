// @ts-check
// What summaries and briefs have in common: lines with their sources, and what was not read.
import { t } from '../../i18n/index.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { AnswerText } from './answer.js';

/** @typedef {import('../../store/types.js').Citation} Citation */

/** @param {{ lines: string[], citations: Citation[] }} props */
export function Lines({ lines, citations }) {
  return html`<ul class="digest-lines">${lines.map((line, index) => html`<li key=${index}><${AnswerText} text=${line.replace(/^\s*[-*•] +/, '')} citations=${citations} /></li>`)}</ul>`;
}

/** @param {{ count: number, leftOut: number, model: string | null }} props */
export function Reach({ count, leftOut, model }) {
  const parts = [t('digest.read', { count }), leftOut ? t('digest.leftOut', { count: leftOut }) : '', model ?? t('digest.noModel')];
  return html`<p class="digest-reach"><${Icon} name="shield" size=${14} /><span>${parts.filter(Boolean).join(' · ')}</span></p>`;
}

/** While it is being made. @param {{ widths?: number[] }} props in percent */
export function DigestSkeleton({ widths = [92, 84, 60] }) {
  return html`<div class="digest-skeleton" aria-busy="true" aria-label=${t('digest.making')}>${widths.map((width, index) => html`<span key=${index} class="skeleton" style=${{ width: `${width}%` }}></span>`)}</div>`;
}
