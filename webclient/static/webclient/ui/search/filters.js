// @ts-check
// The filters of a search as chips: by whom, where, of what kind, and when.
import { conversationOf, titleOf } from '../../store/conversations.js';
import { changeQuery, dayAgo, KINDS, query } from '../../store/searchquery.js';
import { myId } from '../../store/session.js';
import { nameOf } from '../../store/users.js';
import { dayName } from '../../i18n/time.js';
import { t } from '../../i18n/index.js';
import { moveFocus } from '../focus.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { closeMenu, showMenu } from '../menu.js';
import { ChatChoice, PersonChoice } from './choices.js';

/** @typedef {import('../../store/searchquery.js').SearchQuery} SearchQuery */

const SPANS_DAYS = [7, 30, 90];

/** @type {Record<string, { icon: string, label: string, value: (asked: SearchQuery) => string, open: (event: MouseEvent) => void, clear: Partial<SearchQuery> }>} */
const CHIPS = {
  by: { icon: 'user', label: 'search.by', value: ({ by }) => (by === myId.value && by ? t('search.me') : by && nameOf(by)), open: openPeople, clear: { by: '' } },
  in: { icon: 'chat', label: 'search.in', value: (asked) => placeName(asked.in), open: openChats, clear: { in: '' } },
  kind: { icon: 'paperclip', label: 'search.kind', value: ({ kind }) => kind && t(`search.kind.${kind}`), open: openKinds, clear: { kind: '' } },
  when: { icon: 'calendar', label: 'search.when', value: whenName, open: openDays, clear: { from: '', to: '' } },
};

export function Filters() {
  if (query.value.tab !== 'messages') return null;
  return html`
    <div class="search-filters" role="group" aria-label=${t('search.filters')} onKeyDown=${(/** @type {KeyboardEvent} */ event) => moveFocus(event, 'button', 'horizontal')}>
      ${Object.keys(CHIPS).map((name) => html`<${FilterChip} key=${name} chip=${CHIPS[name]} />`)}
    </div>
  `;
}

/** @param {{ chip: typeof CHIPS[string] }} props */
function FilterChip({ chip }) {
  const value = chip.value(query.value);
  const label = t(chip.label);
  return html`
    <span class="filter-chip" data-on=${!!value}>
      <button class="filter-open" aria-haspopup="menu" aria-label=${value ? t('search.filterOn', { label, value }) : label} onClick=${chip.open}>
        <${Icon} name=${chip.icon} size=${16} /><span class="filter-value">${value || label}</span>${!value && html`<${Icon} name="down" size=${16} />`}
      </button>
      ${value && html`<button class="filter-clear" aria-label=${t('search.filterOff', { label })} onClick=${() => changeQuery(chip.clear)}><${Icon} name="close" size=${14} /></button>`}
    </span>
  `;
}

/** @param {string} id */
function placeName(id) {
  const entry = conversationOf(id);
  return id && (entry ? titleOf(entry) : t('search.oneChat'));
}

/** @param {SearchQuery} asked */
function whenName({ from, to }) {
  if (!from && !to) return '';
  const span = !to && [...SPANS_DAYS].find((days) => dayAgo(days) === from);
  if (span) return t('search.lastDays', { count: span });
  if (!to) return t('search.since', { day: dayName(from) });
  return from ? `${dayName(from)} – ${dayName(to)}` : t('search.until', { day: dayName(to) });
}

/** @param {MouseEvent} event */
function openPeople(event) {
  showMenu(event, [], { align: 'start', head: html`<${PersonChoice} onPick=${(/** @type {string} */ by) => choose({ by })} />` });
}

/** @param {MouseEvent} event */
function openChats(event) {
  showMenu(event, [], { align: 'start', head: html`<${ChatChoice} onPick=${(/** @type {string} */ id) => choose({ in: id })} />` });
}

/** @param {MouseEvent} event */
function openKinds(event) {
  const icons = /** @type {Record<string, string>} */ ({ text: 'chat', image: 'image', file: 'fileText', voice: 'mic' });
  showMenu(event, KINDS.map((kind) => ({ icon: icons[kind], label: t(`search.kind.${kind}`), checked: query.value.kind === kind, run: () => changeQuery({ kind }) })), { align: 'start' });
}

/** @param {MouseEvent} event */
function openDays(event) {
  const items = SPANS_DAYS.map((days) => ({ label: t('search.lastDays', { count: days }), checked: !query.value.to && query.value.from === dayAgo(days), run: () => changeQuery({ from: dayAgo(days), to: '' }) }));
  showMenu(event, items, { align: 'start', foot: html`<${DayRange} />` });
}

function DayRange() {
  const { from, to } = query.value;
  const set = (/** @type {'from' | 'to'} */ name) => (/** @type {any} */ event) => changeQuery({ [name]: event.currentTarget.value });
  return html`
    <div class="day-range">
      <label class="field"><span class="field-label">${t('search.from')}</span><input type="date" value=${from} max=${to || dayAgo(0)} onChange=${set('from')} /></label>
      <label class="field"><span class="field-label">${t('search.till')}</span><input type="date" value=${to} min=${from} max=${dayAgo(0)} onChange=${set('to')} /></label>
    </div>
  `;
}

/** @param {Partial<SearchQuery>} fields */
function choose(fields) {
  closeMenu();
  changeQuery(fields);
}
