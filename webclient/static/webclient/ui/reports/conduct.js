// @ts-check
// Settings: what moderators decided about the person, and what came of the person's own reports.
import { useEffect, useState } from 'preact/hooks';

import { reports as api } from '../../api/endpoints.js';
import { conversationOf, titleOf } from '../../store/conversations.js';
import { loadSanctions, sanctions, standing } from '../../store/sanctions.js';
import { nameOf } from '../../store/users.js';
import { listTime } from '../../i18n/time.js';
import { t } from '../../i18n/index.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { More } from '../more.js';
import { AppealState, describeSanction } from './appeal.js';

/** @typedef {import('../../store/sanctions.js').Sanction} Sanction */
/** @typedef {{ id: string, subject: 'message' | 'user' | 'conversation', user_id: string | null, conversation_id: string | null, reason: string, comment: string, created_at: string, state: 'open' | 'closed', outcome: string }} Report */

const PAGE = 10;
const ICONS = { warn: 'alert', mute: 'micOff', ban: 'ban' };

export function Conduct() {
  return html`
    <section class="card"><h2>${t('conduct.sanctions')}</h2><${OwnSanctions} /></section>
    <section class="card"><h2>${t('conduct.reports')}</h2><${OwnReports} /></section>
  `;
}

function OwnSanctions() {
  useEffect(() => void loadSanctions().catch(() => null), []);
  if (!sanctions.value) return html`<div class="skeleton skeleton-block"></div>`;
  if (!standing.value.length) return html`<p class="hint conduct-none">${t('conduct.noSanctions')}</p>`;
  return standing.value.map((row) => html`<${SanctionRow} key=${row.id} sanction=${row} />`);
}

/** @param {{ sanction: Sanction }} props */
function SanctionRow({ sanction }) {
  const { appeal } = sanction;
  return html`
    <div class="conduct-row">
      <span class="conduct-mark conduct-mark-danger"><${Icon} name=${ICONS[sanction.kind]} /></span>
      <div class="conduct-text">
        <p class="conduct-what">${describeSanction(sanction)}</p>
        <p>${sanction.reason}</p>
        ${appeal && html`<p class="person-sub">${t('conduct.yourAppeal', { text: appeal.text })}</p>`}
        ${appeal?.answer && html`<p class="person-sub">${t('conduct.answer', { text: appeal.answer })}</p>`}
      </div>
      <${AppealState} sanction=${sanction} />
    </div>
  `;
}

function OwnReports() {
  const [list, setList] = useState(/** @type {{ rows: Report[], cursor: string | null } | null} */ (null));
  /** @param {{ rows: Report[], cursor: string | null } | null} before */
  const load = async (before) => {
    const page = await api.mine({ limit: PAGE, cursor: before?.cursor });
    setList({ rows: [...(before?.rows ?? []), ...page.results], cursor: page.next_cursor });
  };
  useEffect(() => void load(null).catch(() => setList({ rows: [], cursor: null })), []);
  if (!list) return html`<div class="skeleton skeleton-block"></div>`;
  if (!list.rows.length) return html`<p class="hint conduct-none">${t('conduct.noReports')}</p>`;
  return html`
    ${list.rows.map((row) => html`<${ReportRow} key=${row.id} report=${row} />`)}
    ${list.cursor && html`<${More} cursor=${list.cursor} load=${() => load(list)} />`}
  `;
}

/** @param {{ report: Report }} props */
function ReportRow({ report }) {
  const isOpen = report.state === 'open';
  return html`
    <div class="conduct-row">
      <span class="conduct-mark"><${Icon} name="flag" /></span>
      <div class="conduct-text">
        <p class="conduct-what">${subjectOf(report)} · ${t(`report.reason.${report.reason}`)}</p>
        ${report.comment && html`<p class="person-sub clamp">${report.comment}</p>`}
        ${report.outcome ? html`<p>${report.outcome}</p>` : html`<p class="person-sub">${t('conduct.waiting')}</p>`}
        <p class="person-sub"><time datetime=${report.created_at}>${listTime(report.created_at)}</time></p>
      </div>
      <span class=${`tag ${isOpen ? 'tag-accent' : ''}`}>${t(`conduct.state.${report.state}`)}</span>
    </div>
  `;
}

/** @param {Report} report */
function subjectOf({ subject, user_id: userId, conversation_id: id }) {
  if (subject === 'user') return nameOf(userId);
  const entry = subject === 'conversation' ? conversationOf(id) : undefined;
  return entry ? titleOf(entry) : t(`conduct.subject.${subject}`);
}
