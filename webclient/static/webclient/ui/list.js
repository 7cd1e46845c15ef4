// @ts-check
// The list of conversations: header, filters, rows.
import { computed, signal } from '@preact/signals';

import { commandsBy } from '../store/outbox.js';
import { isPrivate, listed, ordered, titleOf } from '../store/conversations.js';
import { listWidth, narrow, resizeList } from '../store/prefs.js';
import { openSearch } from '../store/searchquery.js';
import { t } from '../i18n/index.js';
import { ConnectionBanner } from './banner.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { ListRow } from './listrow.js';
import { showMenu } from './menu.js';
import { openOverlay } from './overlays.js';
import { moveFocus } from './focus.js';
import { follow } from './rail.js';

/** @typedef {import('../store/types.js').Conversation} Conversation */

/** @type {Record<string, (entry: Conversation) => boolean>} */
const FILTERS = {
  all: () => true,
  unread: (entry) => entry.unread_count > 0,
  mentions: (entry) => entry.mention_count > 0,
  groups: (entry) => !isPrivate(entry),
};

const filter = signal('all');
const archived = signal(false);
const filterShown = signal(true);

const rows = computed(() => ordered.value.filter((entry) => entry.archived === archived.value && FILTERS[filter.value](entry)));

export function ListPane() {
  return html`
    <section class="list-pane" aria-label=${t('nav.chats')} style=${{ '--list': narrow.value ? undefined : `${listWidth.value}px` }}>
      <header class="list-header">
        ${archived.value && html`<button class="icon-button" aria-label=${t('action.back')} onClick=${() => (archived.value = false)}><${Icon} name="back" /></button>`}
        <h1 class="list-title">${t(archived.value ? 'list.archived' : 'nav.chats')}</h1>
        <a class="icon-button" href="/catch-up" aria-label=${t('brief.title')} title=${t('brief.title')} onClick=${(/** @type {MouseEvent} */ event) => follow(event, '/catch-up')}><${Icon} name="listChecks" size=${22} /></a>
        <button class="icon-button" aria-label=${t('list.options')} title=${t('list.options')} aria-haspopup="menu" onClick=${openOptions}><${Icon} name="filter" size=${22} /></button>
        <button class="icon-button" aria-label=${t('new.title')} title=${t('new.title')} onClick=${() => openOverlay('new')}><${Icon} name="compose" size=${22} /></button>
      </header>
      <${ConnectionBanner} />
      ${narrow.value && html`<button class="search-field list-search" onClick=${() => openSearch()}><${Icon} name="search" />${t('search.placeholder')}</button>`}
      ${filterShown.value && html`<${Filters} />`}
      <${Rows} />
      ${!narrow.value && html`<${Resizer} />`}
    </section>
  `;
}

/** @param {MouseEvent} event */
function openOptions(event) {
  const count = ordered.value.filter((entry) => entry.archived).length;
  showMenu(event, [
    { icon: 'filter', label: t(filterShown.value ? 'list.hideFilters' : 'list.showFilters'), run: toggleFilters },
    { icon: 'archive', label: archived.value ? t('nav.chats') : t('list.archivedCount', { count }), run: () => (archived.value = !archived.value) },
  ]);
}

function toggleFilters() {
  filterShown.value = !filterShown.value;
  filter.value = 'all';
}

function Filters() {
  return html`
    <div class="filters" role="group" aria-label=${t('list.filters')} onKeyDown=${(/** @type {KeyboardEvent} */ event) => moveFocus(event, '.chip', 'horizontal')}>
      ${Object.keys(FILTERS).map((name) => html`
        <button key=${name} class="chip" aria-pressed=${filter.value === name} onClick=${() => (filter.value = name)}>${t(`list.${name}`)}</button>`)}
    </div>
  `;
}

function Rows() {
  if (!listed.value && !rows.value.length) return html`<${Skeletons} />`;
  if (!rows.value.length) return html`<${NoRows} />`;
  return html`
    <div class="rows" role="list" onKeyDown=${(/** @type {KeyboardEvent} */ event) => moveFocus(event, '.row', 'vertical')}>
      ${rows.value.map((entry) => html`<${ListRow} key=${entry.id} entry=${entry} title=${titleOf(entry)} waiting=${lastWaiting(entry.id)} />`)}
    </div>
  `;
}

/** The newest unsent message of a conversation. @param {string} id */
function lastWaiting(id) {
  return commandsBy.value.get(id)?.findLast((command) => command.type === 'send-message');
}

function NoRows() {
  if (filter.value !== 'all' || archived.value) {
    return html`
      <div class="empty">
        <p>${t(archived.value ? 'list.noArchived' : `list.none.${filter.value}`)}</p>
        <button class="button" onClick=${() => { filter.value = 'all'; archived.value = false; }}>${t('list.showAll')}</button>
      </div>`;
  }
  return html`
    <div class="empty">
      <span class="empty-mark"><${Icon} name="chat" size=${28} /></span>
      <h2>${t('list.emptyTitle')}</h2>
      <p>${t('list.emptyText')}</p>
      <button class="button button-filled" onClick=${() => openOverlay('new')}>${t('new.title')}</button>
    </div>
  `;
}

function Skeletons() {
  return html`
    <div class="rows" aria-busy="true" aria-label=${t('app.loading')}>
      ${[62, 48, 70, 40, 56, 66].map((width, index) => html`
        <div key=${index} class="row row-skeleton">
          <span class="skeleton skeleton-avatar"></span>
          <span class="row-text"><span class="skeleton" style=${{ width: `${width - 16}%` }}></span><span class="skeleton" style=${{ width: `${width + 24}%` }}></span></span>
        </div>`)}
    </div>
  `;
}

function Resizer() {
  /** @param {PointerEvent} event */
  const drag = (event) => {
    const handle = /** @type {HTMLElement} */ (event.currentTarget);
    handle.setPointerCapture(event.pointerId);
    const left = handle.parentElement?.getBoundingClientRect().left ?? 0;
    handle.onpointermove = (move) => resizeList(move.clientX - left);
    handle.onpointerup = () => (handle.onpointermove = handle.onpointerup = null);
  };
  /** @param {KeyboardEvent} event */
  const step = (event) => {
    if (event.key === 'ArrowLeft') resizeList(listWidth.value - 20);
    if (event.key === 'ArrowRight') resizeList(listWidth.value + 20);
  };
  return html`
    <div class="resizer" role="separator" aria-orientation="vertical" tabindex="0" aria-label=${t('list.resize')}
      aria-valuemin="280" aria-valuemax="420" aria-valuenow=${listWidth.value} onPointerDown=${drag} onKeyDown=${step}></div>
  `;
}
