// @ts-check
// In place of the sign-in page for who is banned: why, until when, and an appeal that needs no session.
import { appealBan, ban, forgetBan } from '../../store/ban.js';
import { t } from '../../i18n/index.js';
import { AuthFrame } from '../authscene.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { AppealForm, untilOf } from './appeal.js';

export function BannedPage() {
  const known = ban.value;
  if (!known) return null;
  return html`
    <${AuthFrame}>
      <div class="banned">
        <span class="empty-mark banned-mark"><${Icon} name="ban" size=${28} /></span>
        <h1 class="auth-title">${t('banned.title')}</h1>
        <p class="auth-sub">${t('banned.until', { time: untilOf(known.until) })}</p>
        <div class="decision"><p class="decision-what">${t('banned.reason')}</p><p>${known.reason}</p></div>
        ${known.appealed
          ? html`<div class="auth-note" role="status"><${Icon} name="check" size=${18} /><span>${t('banned.appealed')}</span></div>`
          : html`<h2>${t('banned.appeal')}</h2><${AppealForm} send=${appealBan} />`}
        <button class="link banned-other" onClick=${forgetBan}>${t('banned.other')}</button>
      </div>
    <//>
  `;
}
