// @ts-check
// A guest becomes an account and keeps name and history.
import { useState } from 'preact/hooks';

import { upgrade } from '../store/session.js';
import { toast } from '../store/toasts.js';
import { t } from '../i18n/index.js';
import { Dialog } from './dialog.js';
import { Field, FormError, useForm } from './form.js';
import { html } from './html.js';

/** @param {{ onClose: () => void }} props */
export function UpgradeDialog({ onClose }) {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const form = useForm();
  /** @param {Event} event */
  const submit = async (event) => {
    if (!(await form.submit(event, () => upgrade({ username: username.trim(), password })))) return;
    toast(t('guest.upgraded'));
    onClose();
  };
  return html`
    <${Dialog} title=${t('guest.upgrade')} onClose=${onClose}>
      <form class="dialog-body stack" onSubmit=${submit}>
        <p class="dialog-text">${t('guest.upgradeText')}</p>
        <${FormError} text=${form.failure} />
        <${Field} label=${t('auth.username')} value=${username} onInput=${setUsername} error=${form.errors.username} autocomplete="username" autofocus required maxlength=${32} />
        <${Field} label=${t('auth.password')} type="password" value=${password} onInput=${setPassword} error=${form.errors.password} hint=${t('auth.passwordHint')} autocomplete="new-password" required />
        <div class="dialog-actions"><button class="button button-filled" disabled=${form.busy || !username.trim() || !password}>${t('guest.upgradeDo')}</button></div>
      </form>
    <//>
  `;
}
