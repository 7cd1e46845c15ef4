// @ts-check
// Kinds of results with their counts, and how to search.
import { active, found, keyOf } from '../../store/search.js';
import { changeQuery, MODES, query, TABS } from '../../store/searchquery.js';
import { config } from '../../store/session.js';
import { t } from '../../i18n/index.js';
import { moveFocus } from '../focus.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { showMenu } from '../menu.js';

/** @typedef {import('../../store/searchquery.js').Tab} Tab */

export function SearchTabs() {
  const { tab, q, mode } = query.value;
  return html`
    <div class="search-tabs">
      <div role="tablist" aria-label=${t('search.results')} onKeyDown=${(/** @type {KeyboardEvent} */ event) => moveFocus(event, '[role=tab]', 'horizontal')}>
        ${TABS.filter(isOffered).map((name) => html`
          <button key=${name} id=${`tab-${name}`} class="search-tab" role="tab" aria-selected=${name === tab} aria-controls="found" tabindex=${name === tab ? 0 : -1} onClick=${() => choose(name)}>
            ${t(`search.tab.${name}`)}${q && html`<span class="search-count">${countOf(name)}</span>`}
          </button>`)}
      </div>
      ${tab === 'messages' && html`<button class="search-mode" aria-haspopup="menu" aria-label=${t('search.modeIs', { mode: t(`search.mode.${mode}`) })} onClick=${openModes}>${t(`search.mode.${mode}`)}<${Icon} name="down" size=${16} /></button>`}
    </div>
  `;
}

/** A server without files has none to search. @param {Tab} tab */
const isOffered = (tab) => tab !== 'files' || config.value.features?.files !== false;

/** @param {Tab} tab */
function choose(tab) {
  active.value = 0;
  changeQuery({ tab });
}

/** How many there are as far as it is known. @param {Tab} tab */
function countOf(tab) {
  const known = found.value.get(tab);
  if (known?.state !== 'ready' || known.key !== keyOf(tab)) return '';
  const count = known.total ?? known.rows.length;
  return known.more || (known.total === null && known.cursor) ? `${count}+` : String(count);
}

/** @param {MouseEvent} event */
function openModes(event) {
  showMenu(event, MODES.map((mode) => ({ label: t(`search.mode.${mode}`), hint: t(`search.modeHint.${mode}`), checked: query.value.mode === mode, run: () => changeQuery({ mode }) })));
}
