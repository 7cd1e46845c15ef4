// @ts-check
// Signing in, creating an account, looking around as a guest.
import { useState } from 'preact/hooks';

import { endReason, enterAsGuest, login, register } from '../store/session.js';
import { t } from '../i18n/index.js';
import { AuthFrame } from './authscene.js';
import { Field, FormError, useForm } from './form.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { ResetForm } from './passwordreset.js';

const PAGES = { login: LoginForm, register: RegisterForm, reset: ResetForm };

export function AuthPage() {
  const [page, setPage] = useState(/** @type {keyof typeof PAGES} */ ('login'));
  const Form = PAGES[page];
  return html`
    <${AuthFrame}>
      ${endReason.value && html`<div class="auth-note" role="status"><${Icon} name="info" size=${18} />${t(endReason.value)}</div>`}
      <${Form} key=${page} go=${setPage} />
    <//>
  `;
}

/** @param {{ go: (page: any) => void }} props */
function LoginForm({ go }) {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [keep, setKeep] = useState(true);
  const form = useForm();
  return html`
    <form onSubmit=${(/** @type {Event} */ event) => form.submit(event, () => login(username.trim(), password, keep))}>
      <h1 class="auth-title">${t('auth.signIn')}</h1>
      <p class="auth-sub">${t('auth.newHere')} <button type="button" class="link" onClick=${() => go('register')}>${t('auth.createAccount')}</button></p>
      <${FormError} text=${form.failure} />
      <${Field} label=${t('auth.username')} name="username" value=${username} onInput=${setUsername} error=${form.errors.username} autocomplete="username" autofocus required />
      <${Field} label=${t('auth.password')} name="password" type="password" value=${password} onInput=${setPassword} error=${form.errors.password} autocomplete="current-password" required
        aside=${html`<button type="button" class="link" onClick=${() => go('reset')}>${t('auth.forgot')}</button>`} />
      <label class="checkbox"><input type="checkbox" checked=${keep} onChange=${(/** @type {any} */ event) => setKeep(event.currentTarget.checked)} /><span class="check-box"><${Icon} name="check" size=${14} /></span>${t('auth.keep')}</label>
      <button class="button button-filled button-wide" type="submit" disabled=${form.busy || !username.trim() || !password}>${t('auth.signIn')}</button>
      <${Guest} />
    </form>
  `;
}

function Guest() {
  const form = useForm();
  return html`
    <div class="or"><span>${t('auth.or')}</span></div>
    <${FormError} text=${form.failure} />
    <button class="button button-wide" type="button" disabled=${form.busy} onClick=${(/** @type {Event} */ event) => form.submit(event, () => enterAsGuest(''))}><${Icon} name="user" />${t('auth.guest')}</button>
    <p class="hint auth-hint">${t('auth.guestHint')}</p>
  `;
}

/** @param {{ go: (page: any) => void }} props */
function RegisterForm({ go }) {
  const [fields, setFields] = useState({ display_name: '', username: '', password: '', email: '' });
  const form = useForm();
  const set = (/** @type {string} */ name) => (/** @type {string} */ value) => setFields({ ...fields, [name]: value });
  const given = () => Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, name === 'password' ? value : value.trim()]).filter(([, value]) => value));
  return html`
    <form onSubmit=${(/** @type {Event} */ event) => form.submit(event, () => register(given()))}>
      <h1 class="auth-title">${t('auth.createAccount')}</h1>
      <p class="auth-sub">${t('auth.haveAccount')} <button type="button" class="link" onClick=${() => go('login')}>${t('auth.signIn')}</button></p>
      <${FormError} text=${form.failure} />
      <${Field} label=${t('auth.displayName')} name="display_name" value=${fields.display_name} onInput=${set('display_name')} error=${form.errors.display_name} hint=${t('auth.displayNameHint')} autocomplete="name" autofocus maxlength=${50} />
      <${Field} label=${t('auth.username')} name="username" value=${fields.username} onInput=${set('username')} error=${form.errors.username} autocomplete="username" required maxlength=${32} />
      <${Field} label=${t('auth.password')} name="password" type="password" value=${fields.password} onInput=${set('password')} error=${form.errors.password} hint=${t('auth.passwordHint')} autocomplete="new-password" required />
      <${Field} label=${t('auth.email')} name="email" type="email" value=${fields.email} onInput=${set('email')} error=${form.errors.email} autocomplete="email" />
      <button class="button button-filled button-wide" type="submit" disabled=${form.busy || !fields.username.trim() || !fields.password}>${t('auth.createAccount')}</button>
    </form>
  `;
}
