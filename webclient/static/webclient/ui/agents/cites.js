// @ts-check
// The sources of an answer: numbers in its text, and rows below it that open the messages which they stand for.
import { conversationOf, titleOf } from '../../store/conversations.js';
import { isWithdrawn } from '../../store/citations.js';
import { nameOf } from '../../store/users.js';
import { t } from '../../i18n/index.js';
import { goToMessage } from '../goto.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { plainText } from '../markdown.js';

/** @typedef {import('../../store/types.js').Citation} Citation */

/** @param {Citation} citation */
const open = (citation) => void goToMessage(citation.conversation_id, citation.message_id, citation.seq);

/** A number in the text. @param {number} number @param {Citation[] | undefined} citations unknown while the answer is written */
export function markOf(number, citations) {
  const citation = citations?.[number - 1];
  if (citations && !citation) return null;
  if (!citation) return html`<span class="cite">${number}</span>`;
  if (isWithdrawn(citation)) return html`<span class="cite cite-gone" role="img" aria-label=${t('cite.goneOf', { number })} title=${t('cite.gone')}>${number}</span>`;
  return html`<button type="button" class="cite" aria-label=${t('cite.open', { number })} title=${citation.quote ? plainText(citation.quote).slice(0, 200) : placeOf(citation)} onClick=${() => open(citation)}>${number}</button>`;
}

/** What stands where a sentence was taken out. @param {number[]} numbers of its sources */
export const removedMark = (numbers) => html`<span class="cite-removed">${t('cite.removed')}</span> ${numbers.map((number) => html`<span key=${number} class="cite cite-gone" role="img" aria-label=${t('cite.goneOf', { number })}>${number}</span>`)}`;

/** @param {Citation} citation */
function placeOf({ conversation_id: id }) {
  const entry = conversationOf(id);
  return entry ? titleOf(entry) : '';
}

/** @param {{ citations: Citation[] | undefined, here?: string }} props `here` is the conversation in which it stands: its name goes without saying */
export function Sources({ citations, here }) {
  if (!citations?.length) return null;
  return html`
    <ol class="sources" aria-label=${t('cite.sources')}>
      ${citations.map((citation, index) => html`<li key=${index}><${Source} citation=${citation} number=${index + 1} here=${here} /></li>`)}
    </ol>
  `;
}

/** @param {{ citation: Citation, number: number, here?: string }} props */
function Source({ citation, number, here }) {
  if (isWithdrawn(citation)) {
    return html`<div class="source source-gone"><span class="cite cite-gone" aria-hidden="true">${number}</span><${Icon} name="ban" size=${16} /><span class="source-words">${t('cite.gone')}</span></div>`;
  }
  const place = citation.conversation_id === here ? '' : placeOf(citation);
  const quote = plainText(citation.quote);
  const sub = [citation.sender_id && nameOf(citation.sender_id), place].filter(Boolean).join(' · ');
  return html`
    <button type="button" class="source" aria-label=${t('cite.row', { number, quote: quote || place || t('cite.message') })} onClick=${() => open(citation)}>
      <span class="cite" aria-hidden="true">${number}</span><${Icon} name="chat" size=${16} />
      <span class="source-words"><span class="source-quote" dir="auto">${quote || t('cite.message')}</span>${sub && html`<span class="source-place">${sub}</span>`}</span>
    </button>
  `;
}
