// @ts-check
// What tells a person of a sanction where it bites: in place of the composer, and a warning before anything else.
import { markWarningRead, unreadWarning } from '../../store/sanctions.js';
import { t } from '../../i18n/index.js';
import { Dialog } from '../dialog.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { openOverlay } from '../overlays.js';
import { AppealState, untilOf } from './appeal.js';

/** @typedef {import('../../store/sanctions.js').Sanction} Sanction */

/** In place of the composer: why, until when, and the way to object. @param {{ mute: Sanction }} props */
export function MutedNotice({ mute }) {
  return html`
    <div class="composer-frame">
      <div class="composer composer-muted" role="status">
        <${Icon} name="micOff" />
        <div class="muted-text"><p class="decision-what">${t(mute.conversation_id === null ? 'muted.everywhere' : 'muted.here', { time: untilOf(mute.until) })}</p><p>${t('muted.reason', { reason: mute.reason })}</p></div>
        <${AppealState} sanction=${mute} soft />
      </div>
    </div>
  `;
}

/** A warning stands above the page until the person says that they have read it. */
export function Warning() {
  const warning = unreadWarning.value;
  if (!warning) return null;
  const read = () => markWarningRead(warning.id);
  const object = () => {
    read();
    openOverlay('appeal', { sanction: warning });
  };
  return html`
    <${Dialog} key=${warning.id} title=${t('warning.title')} small role="alertdialog" onClose=${read}>
      <div class="dialog-text stack"><p class="warning-reason">${warning.reason}</p><p>${t('warning.text')}</p></div>
      <div class="dialog-actions">
        ${!warning.appeal && html`<button class="button" onClick=${object}>${t('appeal.do')}</button>`}
        <button class="button button-filled" autofocus onClick=${read}>${t('warning.read')}</button>
      </div>
    <//>
  `;
}
