// @ts-check
// Where one types what to look for. The address follows after a short pause, never in the middle of a composition.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { narrow } from '../../store/prefs.js';
import { navigate, openConversation } from '../../store/router.js';
import { rememberSearch } from '../../store/recentsearches.js';
import { active, loadMoreFound, runSearch, shown } from '../../store/search.js';
import { changeQuery, closeHit, hit, MOST_CHARACTERS, query } from '../../store/searchquery.js';
import { conversationOf, titleOf } from '../../store/conversations.js';
import { t } from '../../i18n/index.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { openFound } from './rows.js';

const PAUSE_MS = 250;

/** Put the caret into the search, everything in it selected. */
export function focusSearch() {
  requestAnimationFrame(() => /** @type {HTMLInputElement | null} */ (document.querySelector('.search-input'))?.select());
}

export function SearchBox() {
  const asked = query.value.q;
  const [text, setText] = useState(asked);
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const waiting = useRef(/** @type {number | undefined} */ (undefined));
  const composing = useRef(false);

  const stopWaiting = () => {
    clearTimeout(waiting.current);
    waiting.current = undefined;
  };
  const ask = (/** @type {string} */ words) => {
    stopWaiting();
    changeQuery({ q: words });
  };
  const write = (/** @type {string} */ words) => {
    setText(words);
    stopWaiting();
    if (!words.trim()) ask('');
    else if (!composing.current) waiting.current = setTimeout(() => ask(words), PAUSE_MS);
  };
  useLayoutEffect(() => {
    if (!narrow.value || !asked) field.current?.focus();
    return stopWaiting;
  }, []);
  // The address changed by another hand: back, a recent search.
  useEffect(() => {
    if (waiting.current === undefined && !composing.current) setText(asked);
  }, [asked]);

  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') walk(event.key === 'ArrowDown' ? 1 : -1);
    else if (event.key === 'Enter') submit(text, ask, waiting.current !== undefined);
    else if (event.key === 'Escape') leave(text, write);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const place = conversationOf(query.value.in);
  const label = place ? t('search.placeholderIn', { title: titleOf(place) }) : t('search.placeholder');
  return html`
    <div class="search-field">
      <${Icon} name="search" />
      <input ref=${field} class="search-input" type="search" enterkeyhint="search" autocomplete="off" spellcheck=${false} maxlength=${MOST_CHARACTERS} value=${text} placeholder=${label} aria-label=${label}
        role="combobox" aria-expanded=${!!shown.value?.rows.length} aria-controls="found" aria-autocomplete="list" aria-activedescendant=${shown.value?.rows.length ? `found-${active.value}` : undefined}
        onKeyDown=${onKeyDown} onInput=${(/** @type {any} */ event) => write(event.currentTarget.value)}
        onCompositionStart=${() => void (composing.current = true)} onCompositionEnd=${(/** @type {any} */ event) => { composing.current = false; write(event.currentTarget.value); }} />
      ${text && html`<button class="icon-button icon-button-small" aria-label=${t('search.clear')} title=${t('search.clear')} onClick=${() => { write(''); field.current?.focus(); }}><${Icon} name="close" size=${18} /></button>`}
    </div>
  `;
}

/** @param {number} step */
function walk(step) {
  const rows = shown.value?.rows ?? [];
  const next = Math.max(0, Math.min(rows.length - 1, active.value + step));
  active.value = next;
  if (next >= rows.length - 3) void loadMoreFound().catch(() => null);
  requestAnimationFrame(() => document.getElementById(`found-${next}`)?.scrollIntoView({ block: 'nearest' }));
}

/** @param {string} text @param {(words: string) => void} ask @param {boolean} early whether the pause after the last letter still runs */
function submit(text, ask, early) {
  if (early) return ask(text);
  const { state, rows = [] } = shown.value ?? {};
  if (state === 'loading') return undefined;
  if (state === 'ready' && rows.length) return openFound(Math.min(active.value, rows.length - 1));
  rememberSearch(text);
  return runSearch({ again: true });
}

/** One step back: from the message to the results, from the results to an empty field, from there to the chat that was searched or to all. @param {string} text @param {(words: string) => void} write */
function leave(text, write) {
  if (hit.value) closeHit();
  else if (text) write('');
  else if (query.value.in) openConversation(query.value.in);
  else navigate('/');
}
