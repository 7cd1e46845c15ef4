// @ts-check
// A forgotten password: asking for the mail, and choosing a new password with the link or the code of that mail.
import { useState } from 'preact/hooks';

import { auth } from '../api/endpoints.js';
import { navigate } from '../store/router.js';
import { endReason, phase } from '../store/session.js';
import { toast } from '../store/toasts.js';
import { t } from '../i18n/index.js';
import { AuthFrame } from './authscene.js';
import { Field, FormError, useForm } from './form.js';
import { html } from './html.js';
import { Icon } from './icons.js';

/** @param {{ go: (page: any) => void }} props */
export function ResetForm({ go }) {
  const [email, setEmail] = useState('');
  const [sent, setSent] = useState(false);
  const form = useForm();
  return html`
    <form onSubmit=${async (/** @type {Event} */ event) => setSent(await form.submit(event, () => auth.resetPassword(email.trim())))}>
      <h1 class="auth-title">${t('auth.resetTitle')}</h1>
      <p class="auth-sub"><button type="button" class="link" onClick=${() => go('login')}>${t('auth.backToSignIn')}</button></p>
      <${FormError} text=${form.failure} />
      ${sent ? html`<p class="auth-note" role="status"><${Icon} name="check" size=${18} />${t('auth.resetSent')}</p>` : html`
        <${Field} label=${t('auth.emailOnly')} type="email" name="email" value=${email} onInput=${setEmail} error=${form.errors.email} hint=${t('auth.resetHint')} autocomplete="email" autofocus required />
        <button class="button button-filled button-wide" type="submit" disabled=${form.busy || !email.trim()}>${t('auth.resetSend')}</button>`}
      <p class="auth-hint"><button type="button" class="link" onClick=${() => navigate('/reset-password')}>${t('auth.resetHaveCode')}</button></p>
    </form>
  `;
}

/** The page that the mail leads to. Its link carries the code behind `#`, where no server and no log sees it. */
export function NewPasswordPage() {
  return html`<${AuthFrame}><${NewPasswordForm} linked=${decodeURIComponent(location.hash.slice(1))} /><//>`;
}

/** @param {{ linked: string }} props the code of the link, or '' to ask for it */
function NewPasswordForm({ linked }) {
  const [code, setCode] = useState(linked);
  const [password, setPassword] = useState('');
  const form = useForm();
  const save = async (/** @type {Event} */ event) => {
    if (!(await form.submit(event, () => auth.confirmReset({ token: code.trim(), new_password: password })))) return;
    if (phase.value === 'signed-in') toast(t('settings.passwordChanged'));
    else endReason.value = 'auth.resetDone';
    navigate('/', { replace: true });
  };
  return html`
    <form onSubmit=${save}>
      <h1 class="auth-title">${t('auth.newPasswordTitle')}</h1>
      <p class="auth-sub">${t('auth.newPasswordText')}</p>
      <${FormError} text=${form.failure || (linked ? form.errors.token : '')} />
      ${!linked && html`<${Field} label=${t('auth.resetCode')} name="code" value=${code} onInput=${setCode} error=${form.errors.token} hint=${t('auth.resetCodeHint')} autocomplete="one-time-code" autofocus required />`}
      <${Field} label=${t('settings.newPassword')} name="new_password" type="password" value=${password} onInput=${setPassword} error=${form.errors.new_password} hint=${t('auth.passwordHint')} autocomplete="new-password" autofocus=${!!linked} required />
      <button class="button button-filled button-wide" type="submit" disabled=${form.busy || !code.trim() || !password}>${t('auth.setPassword')}</button>
      <p class="auth-hint"><button type="button" class="link" onClick=${() => navigate('/', { replace: true })}>${t('auth.backToSignIn')}</button></p>
    </form>
  `;
}
