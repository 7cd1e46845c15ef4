// @ts-check
// AI and my messages: which of them went to which language model, when and for whom.
import { useEffect, useState } from 'preact/hooks';

import { agents as api } from '../../api/endpoints.js';
import { conversationOf, ordered, titleOf } from '../../store/conversations.js';
import { navigate } from '../../store/router.js';
import { myId } from '../../store/session.js';
import { nameOf } from '../../store/users.js';
import { foundTime, fullTime } from '../../i18n/time.js';
import { t } from '../../i18n/index.js';
import { ConversationAvatar } from '../avatar.js';
import { detailsOpen } from '../chat.js';
import { goToMessage } from '../goto.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { More } from '../more.js';

/** @typedef {{ message_id: string, conversation_id: string, seq: number, model: string, purpose: 'answer' | 'summary' | 'brief', agent_id: string | null, asked_by: string, at: string }} Entry */

const PAGE = 30;
const ICONS = { answer: 'sparkle', summary: 'file', brief: 'listChecks' };

export function AiSettingsPane() {
  return html`
    <main class="page">
      <header class="page-header">
        <button class="icon-button page-back" aria-label=${t('action.back')} onClick=${() => navigate('/settings')}><${Icon} name="back" /></button><h1>${t('ledger.title')}</h1>
      </header>
      <div class="page-scroll"><div class="page-column">
        <${Choices} />
        <section class="card"><h2>${t('ledger.uses')}</h2><${Uses} /></section>
      </div></div>
    </main>
  `;
}

/** Where the person has chosen otherwise than everyone begins with. */
function Choices() {
  const rows = ordered.value.filter((entry) => entry.ai && entry.ai !== 'on_request');
  const open = (/** @type {string} */ id) => {
    navigate(`/c/${encodeURIComponent(id)}`);
    detailsOpen.value = true;
  };
  return html`
    <section class="card">
      <h2>${t('ledger.choices')}</h2>
      <p class="hint">${t('ledger.choicesText')}</p>
      ${rows.map((entry) => html`
        <div key=${entry.id} class="person-line">
          <button class="person-row" onClick=${() => open(entry.id)}>
            <${ConversationAvatar} entry=${entry} size=${36} /><span class="person-names"><span class="person-name">${titleOf(entry)}</span></span><span class=${`tag ${entry.ai === 'indexed' ? 'tag-accent' : ''}`}>${t(`consent.${entry.ai}`)}</span>
          </button>
        </div>`)}
    </section>
  `;
}

function Uses() {
  const [list, setList] = useState(/** @type {{ rows: Entry[], cursor: string | null } | null} */ (null));
  /** @param {{ rows: Entry[], cursor: string | null } | null} before */
  const load = async (before) => {
    const page = await api.ledger({ limit: PAGE, cursor: before?.cursor });
    setList({ rows: [...(before?.rows ?? []), ...page.results], cursor: page.next_cursor });
  };
  useEffect(() => void load(null).catch(() => setList({ rows: [], cursor: null })), []);
  if (!list) return html`<div class="skeleton skeleton-block"></div>`;
  if (!list.rows.length) return html`<p class="hint">${t('ledger.none')}</p>`;
  return html`
    ${list.rows.map((row, index) => html`<${Use} key=${index} entry=${row} />`)}
    ${list.cursor && html`<${More} cursor=${list.cursor} load=${() => load(list)} />`}
  `;
}

/** @param {{ entry: Entry }} props */
function Use({ entry }) {
  const chat = conversationOf(entry.conversation_id);
  const who = entry.asked_by === myId.value ? t('ledger.byYou') : t('ledger.by', { name: nameOf(entry.asked_by) });
  const what = entry.agent_id ? t('ledger.answer', { name: nameOf(entry.agent_id) }) : t(`ledger.${entry.purpose}`);
  const words = html`
    <span class="invite-mark"><${Icon} name=${ICONS[entry.purpose] ?? 'sparkle'} /></span>
    <span class="person-names"><span class="person-name">${what} · ${entry.model}</span><span class="person-sub">${who} · ${chat ? t('ledger.in', { title: titleOf(chat) }) : t('ledger.gone')}</span></span>
    <time class="row-time" datetime=${entry.at} title=${fullTime(entry.at)}>${foundTime(entry.at)}</time>
  `;
  return html`
    <div class="person-line ledger-line">
      ${chat
        ? html`<button class="person-row" aria-label=${t('ledger.open', { what, model: entry.model, time: foundTime(entry.at) })} onClick=${() => void goToMessage(entry.conversation_id, entry.message_id, entry.seq)}>${words}</button>`
        : html`<span class="person-row person-still">${words}</span>`}
    </div>
  `;
}
