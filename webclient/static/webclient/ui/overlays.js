// @ts-check
// What stands above the page: dialogs by name, one confirmation, and the menu.
import { signal } from '@preact/signals';

import { t } from '../i18n/index.js';
import { Dialog } from './dialog.js';
import { html } from './html.js';
import { GroupSettingsDialog } from './groupsettings.js';
import { AddMembersDialog } from './addmembers.js';
import { Lightbox } from './media/lightbox.js';
import { Menu } from './menu.js';
import { NewChatDialog } from './newchat.js';
import { PersonDialog } from './person.js';
import { PinsDialog } from './pins.js';
import { ReadersDialog } from './readers.js';
import { AppealDialog } from './reports/appeal.js';
import { ReportDialog } from './reports/dialog.js';
import { Warning } from './reports/notices.js';
import { ShortcutsDialog } from './shortcuts.js';
import { Switcher } from './switcher.js';
import { UpgradeDialog } from './upgrade.js';

/** @type {Record<string, any>} */
const DIALOGS = {
  new: NewChatDialog,
  switcher: Switcher,
  shortcuts: ShortcutsDialog,
  pins: PinsDialog,
  readers: ReadersDialog,
  person: PersonDialog,
  upgrade: UpgradeDialog,
  report: ReportDialog,
  appeal: AppealDialog,
  'add-members': AddMembersDialog,
  'group-settings': GroupSettingsDialog,
};

const open = signal(/** @type {{ name: string, props: Record<string, any> } | null} */ (null));
const question = signal(/** @type {(Question & { answer: (yes: boolean) => void }) | null} */ (null));

/** @typedef {{ title: string, text?: string, action: string, danger?: boolean }} Question */

/** @param {string} name @param {Record<string, any>} [props] */
export function openOverlay(name, props = {}) {
  open.value = { name, props };
}

export function closeOverlay() {
  open.value = null;
}

/** Ask before something that cannot be undone. @param {Question} asked @returns {Promise<boolean>} */
export function confirm(asked) {
  return new Promise((resolve) => {
    const answer = (/** @type {boolean} */ yes) => {
      question.value = null;
      resolve(yes);
    };
    question.value = { ...asked, answer };
  });
}

export function Overlays() {
  const shown = open.value;
  const Shown = shown && DIALOGS[shown.name];
  return html`
    ${Shown && html`<${Shown} key=${shown.name + (shown.props.userId ?? '')} ...${shown.props} onClose=${closeOverlay} />`}
    ${question.value && html`<${Confirmation} asked=${question.value} />`}
    <${Warning} />
    <${Lightbox} />
    <${Menu} />
  `;
}

/** @param {{ asked: Question & { answer: (yes: boolean) => void } }} props */
function Confirmation({ asked }) {
  return html`
    <${Dialog} title=${asked.title} small role="alertdialog" onClose=${() => asked.answer(false)}>
      ${asked.text && html`<p class="dialog-text">${asked.text}</p>`}
      <div class="dialog-actions">
        <button class="button" onClick=${() => asked.answer(false)}>${t('action.cancel')}</button>
        <button class=${`button ${asked.danger ? 'button-danger' : 'button-filled'}`} autofocus onClick=${() => asked.answer(true)}>${asked.action}</button>
      </div>
    <//>
  `;
}
