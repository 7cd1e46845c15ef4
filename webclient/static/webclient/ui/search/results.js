// @ts-check
// What was found, with its pages; or why there is nothing to show.
import { useLayoutEffect, useRef } from 'preact/hooks';

import { clearRecentSearches, forgetSearch, recentSearches } from '../../store/recentsearches.js';
import { loadMoreFound, runSearch, shown } from '../../store/search.js';
import { changeQuery, clearFilters, filtered, query } from '../../store/searchquery.js';
import { explain } from '../../store/toasts.js';
import { t } from '../../i18n/index.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { More } from '../more.js';
import { focusSearch } from './box.js';
import { FoundRows } from './rows.js';

/** Where each question's list was scrolled to, for the way back from a message. @type {{ key: string, top: number }} */
let place = { key: '', top: 0 };

export function Results() {
  const found = shown.value;
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const key = found?.key ?? '';
  useLayoutEffect(() => {
    if (box.current) box.current.scrollTop = place.key === key ? place.top : 0;
  }, [key]);
  const onScroll = () => void (box.current && (place = { key, top: box.current.scrollTop }));
  return html`
    ${found?.degraded && query.value.q && html`<div class="banner" role="status"><${Icon} name="alert" /><span class="banner-text">${t(`search.degraded.${query.value.tab}`)}</span></div>`}
    <div ref=${box} class="found-scroll" aria-busy=${found?.state === 'loading'} onScroll=${onScroll}><${Body} /></div>
    <p class="visually-hidden" role="status">${found?.state === 'ready' ? t('search.told', { count: found.total ?? found.rows.length }) : ''}</p>
  `;
}

function Body() {
  const found = shown.value;
  const { q, tab } = query.value;
  if (!q.trim()) return html`<${Start} />`;
  if (!found || (found.state === 'loading' && !found.rows.length)) return html`<${Skeletons} />`;
  if (found.state === 'error') return html`<${Failed} error=${found.error} />`;
  if (!found.rows.length) return html`<${NothingFound} q=${q} />`;
  return html`
    <div id="found" role="listbox" aria-label=${t('search.results')} data-stale=${found.state === 'loading'}><${FoundRows} tab=${tab} rows=${found.rows} /></div>
    ${found.cursor && html`<${More} cursor=${found.cursor} load=${loadMoreFound} />`}
    ${!found.cursor && found.more && html`<p class="found-end">${t('search.narrower', { count: found.total ?? found.rows.length })}</p>`}
  `;
}

/** Before anything is typed: what was searched for lately, or what one can search for. */
function Start() {
  const words = recentSearches.value;
  if (!words.length) {
    return html`
      <div class="empty">
        <span class="empty-mark"><${Icon} name="search" size=${28} /></span>
        <h2>${t('search.startTitle')}</h2>
        <p>${t('search.startText')}</p>
      </div>`;
  }
  const again = (/** @type {string} */ q) => {
    changeQuery({ q });
    focusSearch();
  };
  return html`
    <div class="recent">
      <div class="section-head"><h2>${t('search.recent')}</h2><button class="link" onClick=${clearRecentSearches}>${t('search.recentClear')}</button></div>
      ${words.map((word) => html`
        <div key=${word} class="person-line">
          <button class="recent-words" onClick=${() => again(word)}><${Icon} name="history" size=${18} /><span class="clamp">${word}</span></button>
          <button class="icon-button icon-button-small" aria-label=${t('search.recentForget', { words: word })} onClick=${() => forgetSearch(word)}><${Icon} name="close" size=${16} /></button>
        </div>`)}
    </div>
  `;
}

/** @param {{ q: string }} props */
function NothingFound({ q }) {
  const { tab, mode } = query.value;
  const exact = tab === 'messages' && mode === 'keyword';
  return html`
    <div class="empty">
      <span class="empty-mark"><${Icon} name="search" size=${28} /></span>
      <h2>${t('search.noneTitle')}</h2>
      <p class="found-none">${t(`search.none.${tab}`, { words: q.trim() })}</p>
      ${filtered.value && tab === 'messages' ? html`<button class="button" onClick=${clearFilters}>${t('search.allOfIt')}</button>` : exact && html`<button class="button" onClick=${() => changeQuery({ mode: 'hybrid' })}>${t('search.trySmart')}</button>`}
    </div>
  `;
}

/** @param {{ error: unknown }} props */
function Failed({ error }) {
  return html`
    <div class="empty" role="alert">
      <span class="empty-mark empty-mark-danger"><${Icon} name="alert" size=${28} /></span>
      <h2>${t('search.failedTitle')}</h2>
      <p>${explain(error)}</p>
      <button class="button" onClick=${() => runSearch({ again: true })}>${t('app.tryAgain')}</button>
    </div>
  `;
}

function Skeletons() {
  return html`
    <div aria-hidden="true">
      ${[72, 54, 80, 46, 66, 60].map((width, index) => html`
        <div key=${index} class="found-blank">
          <span class="skeleton skeleton-avatar"></span>
          <span class="found-text"><span class="skeleton" style=${{ width: `${width - 20}%` }}></span><span class="skeleton" style=${{ width: `${width + 16}%` }}></span><span class="skeleton" style=${{ width: `${width - 8}%` }}></span></span>
        </div>`)}
    </div>
  `;
}
