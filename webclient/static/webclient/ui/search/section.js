// @ts-check
// The search: what is asked and found on the left, the message that was chosen in its conversation on the right.
import { useEffect } from 'preact/hooks';

import { narrow } from '../../store/prefs.js';
import { openId } from '../../store/router.js';
import { found } from '../../store/search.js';
import { hit } from '../../store/searchquery.js';
import { t } from '../../i18n/index.js';
import { ConnectionBanner } from '../banner.js';
import { ChatPane } from '../chat.js';
import { elementOf, flashed, goToMessage } from '../goto.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { SearchBox } from './box.js';
import { Filters } from './filters.js';
import { markWords, unmarkWords } from './marking.js';
import { Results } from './results.js';
import { wordsOf } from './snippet.js';
import { Stepper } from './stepper.js';
import { SearchTabs } from './tabs.js';

export function SearchSection() {
  const id = openId.value;
  const open = hit.value;
  useJump(open);
  return html`
    ${(!narrow.value || !id) && html`<${SearchPane} />`}
    ${id && html`<${ChatPane} key=${id} id=${id} around=${open?.s} head=${open && html`<${Stepper} />`} />`}
    ${!id && !narrow.value && html`<${Nothing} />`}
  `;
}

function SearchPane() {
  return html`
    <section class="search-pane" role="search" aria-label=${t('nav.search')}>
      <header class="search-header">${narrow.value && html`<h1 class="list-title">${t('nav.search')}</h1>`}<${SearchBox} /></header>
      <${ConnectionBanner} />
      <${Filters} />
      <${SearchTabs} />
      <${Results} />
    </section>
  `;
}

/** Go to the message of the address whenever it is another one, and mark there what was found. @param {import('../../store/searchquery.js').Hit | null} open */
function useJump(open) {
  const there = !!open && flashed.value?.id === open.m;
  const row = open && found.value.get('messages')?.rows.find((each) => each.message.message_id === open.m);
  useEffect(() => {
    if (open) void goToMessage(open.c, open.m, open.s);
    return unmarkWords;
  }, [open?.m]);
  useEffect(() => {
    const element = open && there && row ? elementOf(open.m) : null;
    if (element) markWords(element, wordsOf(row.highlights));
  }, [there, row]);
}

function Nothing() {
  return html`
    <main class="chat-pane chat-empty">
      <div class="empty">
        <span class="empty-mark"><${Icon} name="chat" size=${28} /></span>
        <h2>${t('search.pickTitle')}</h2>
        <p>${t('search.pickText')}</p>
      </div>
    </main>
  `;
}
