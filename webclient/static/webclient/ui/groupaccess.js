// @ts-check
// Ways into a group: invite links, and requests that wait for approval.
import { useEffect, useState } from 'preact/hooks';

import { groups } from '../api/endpoints.js';
import { profiles } from '../store/members.js';
import { attempt, toast } from '../store/toasts.js';
import { nameOf, rememberUser } from '../store/users.js';
import { fullTime } from '../i18n/time.js';
import { t } from '../i18n/index.js';
import { UserAvatar } from './avatar.js';
import { copyText } from './clipboard.js';
import { html } from './html.js';
import { Icon } from './icons.js';

const WEEK_S = 7 * 86_400;

/** @param {{ id: string }} props */
export function Invites({ id }) {
  const [rows, setRows] = useState(/** @type {any[]} */ ([]));
  const load = () => groups.invites(id).then(setRows, () => null);
  useEffect(() => void load(), [id]);
  const make = async () => {
    const invite = await attempt(() => groups.invite(id, { expires_in: WEEK_S }));
    if (!invite) return;
    await share(invite);
    await load();
  };
  return html`
    <div class="stack">
      <button type="button" class="button" onClick=${make}><${Icon} name="link" size=${18} />${t('invite.make')}</button>
      <p class="hint">${t('invite.hint')}</p>
      ${rows.map((row) => html`
        <div key=${row.invite} class="person-line">
          <span class="person-row person-still"><span class="invite-mark"><${Icon} name="link" size=${18} /></span>
            <span class="person-names"><span class="person-name mono">${row.invite}</span><span class="person-sub">${row.expires_at ? t('invite.expires', { time: fullTime(row.expires_at) }) : t('invite.forever')}</span></span></span>
          <button type="button" class="icon-button" aria-label=${t('invite.copy')} title=${t('invite.copy')} onClick=${() => share(row)}><${Icon} name="copy" /></button>
          <button type="button" class="icon-button" aria-label=${t('invite.end')} title=${t('invite.end')} onClick=${() => attempt(() => groups.endInvite(id, row.invite).then(load))}><${Icon} name="trash" /></button>
        </div>`)}
    </div>
  `;
}

/** @param {{ invite: string, url?: string }} invite */
async function share(invite) {
  const url = new URL(`/join/${invite.invite}`, location.origin).href;
  toast((await copyText(url)) ? t('invite.copied') : url);
}

/** @param {{ id: string }} props */
export function Requests({ id }) {
  const byApproval = profiles.value.get(id)?.join_policy === 'approval';
  const [rows, setRows] = useState(/** @type {any[]} */ ([]));
  const load = () => groups.joinRequests(id).then((found) => {
    found.forEach((row) => rememberUser(row.user));
    setRows(found);
  }, () => null);
  useEffect(() => void (byApproval && load()), [id, byApproval]);
  if (!rows.length) return null;
  const answer = (/** @type {() => Promise<unknown>} */ call) => () => void attempt(() => call().then(load));
  return html`
    <section class="details-section">
      <div class="section-head"><h3>${t('group.requests', { count: rows.length })}</h3></div>
      ${rows.map((row) => html`
        <div key=${row.id} class="person-line">
          <span class="person-row person-still"><${UserAvatar} id=${row.user.id} size=${36} /><span class="person-names"><span class="person-name">${nameOf(row.user.id)}</span></span></span>
          <button class="icon-button" aria-label=${t('group.approve')} title=${t('group.approve')} onClick=${answer(() => groups.approve(id, row.id))}><${Icon} name="check" /></button>
          <button class="icon-button" aria-label=${t('group.reject')} title=${t('group.reject')} onClick=${answer(() => groups.reject(id, row.id))}><${Icon} name="close" /></button>
        </div>`)}
    </section>
  `;
}
