// @ts-check
// Settings: profile, appearance, devices, password, leaving.
import { useEffect, useState } from 'preact/hooks';

import { auth, users } from '../api/endpoints.js';
import { chooseLanguage, language, theme } from '../store/prefs.js';
import { isGuest, leave, logout, me, updateMe, updateMyAvatar } from '../store/session.js';
import { attempt, toast } from '../store/toasts.js';
import { plainName } from '../store/users.js';
import { listTime } from '../i18n/time.js';
import { t } from '../i18n/index.js';
import { Way } from './agents/page.js';
import { UserAvatar } from './avatar.js';
import { AvatarPicker } from './files/avatarpicker.js';
import { Field, FormError, useForm } from './form.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { confirm, openOverlay } from './overlays.js';
import { Privacy } from './privacy.js';
import { Conduct } from './reports/conduct.js';
import { Segmented } from './segmented.js';

export function SettingsPane() {
  return html`
    <main class="page">
      <header class="page-header"><h1>${t('nav.settings')}</h1></header>
      <div class="page-scroll"><div class="page-column">
        <${Profile} />
        <${Appearance} />
        <${Privacy} />
        <section class="card"><${Way} path="/settings/ai" icon="sparkle" title=${t('ledger.title')} text=${t('ledger.lead')} /></section>
        <${Devices} />
        <${Conduct} />
        ${!isGuest.value && html`<${Password} />`}
        <${Leaving} />
      </div></div>
    </main>
  `;
}

function Profile() {
  const user = me.value;
  const [name, setName] = useState(user?.display_name ?? '');
  const form = useForm();
  if (!user) return null;
  /** @param {Event} event */
  const save = async (event) => {
    if (await form.submit(event, () => updateMe({ display_name: name.trim() }))) toast(t('settings.saved'));
  };
  return html`
    <section class="card">
      <div class="me"><${UserAvatar} id=${user.id} size=${72} /><div><h2>${plainName(user)}</h2><p class="person-sub">@${user.username}</p><${AvatarPicker} has=${!!user.avatar_url} choose=${updateMyAvatar} /></div></div>
      ${isGuest.value && html`<div class="guest-note"><p>${t('guest.text')}</p><button class="button button-filled" onClick=${() => openOverlay('upgrade')}>${t('guest.upgrade')}</button></div>`}
      <form class="inline-form" onSubmit=${save}>
        <${Field} label=${t('auth.displayName')} value=${name} onInput=${setName} error=${form.errors.display_name || form.failure} maxlength=${50} autocomplete="name" />
        <button class="button" disabled=${form.busy || !name.trim() || name.trim() === user.display_name}>${t('action.save')}</button>
      </form>
      ${!isGuest.value && html`<${Address} key=${user.email ?? ''} known=${user.email ?? ''} />`}
    </section>
  `;
}

/** The address that a forgotten password is reset by. @param {{ known: string }} props */
function Address({ known }) {
  const [email, setEmail] = useState(known);
  const form = useForm();
  /** @param {Event} event */
  const save = async (event) => {
    if (await form.submit(event, () => updateMe({ email: email.trim() }))) toast(t('settings.saved'));
  };
  return html`
    <form class="inline-form" onSubmit=${save}>
      <${Field} label=${t('auth.emailOnly')} type="email" value=${email} onInput=${setEmail} error=${form.errors.email || form.failure} hint=${t('settings.emailHint')} autocomplete="email" />
      <button class="button" disabled=${form.busy || email.trim() === known}>${t('action.save')}</button>
    </form>
  `;
}

function Appearance() {
  return html`
    <section class="card">
      <h2>${t('settings.appearance')}</h2>
      <div class="setting"><span><${Icon} name="globe" />${t('settings.language')}</span>
        <${Segmented} label=${t('settings.language')} value=${language.value} onChange=${chooseLanguage} options=${[['zh-CN', '简体中文'], ['en', 'English']]} /></div>
      <div class="setting"><span><${Icon} name="theme" />${t('settings.theme')}</span>
        <${Segmented} label=${t('settings.theme')} value=${theme.value} onChange=${(/** @type {any} */ value) => (theme.value = value)} options=${['system', 'light', 'dark'].map((name) => [name, t(`settings.theme.${name}`)])} /></div>
    </section>
  `;
}

function Devices() {
  const [rows, setRows] = useState(/** @type {any[] | null} */ (null));
  const load = () => auth.sessions().then(setRows, () => setRows([]));
  useEffect(() => void load(), []);
  return html`
    <section class="card">
      <h2>${t('settings.devices')}</h2>
      ${!rows && html`<div class="skeleton skeleton-block"></div>`}
      ${rows?.map((row) => html`
        <div key=${row.id} class="person-line">
          <span class="person-row person-still"><span class="invite-mark"><${Icon} name=${/iOS|Android/.test(row.device_name) ? 'phone' : 'device'} /></span>
            <span class="person-names"><span class="person-name">${row.device_name || t('settings.unknownDevice')}</span><span class="person-sub">${row.current ? t('settings.thisDevice') : t('settings.lastActive', { time: listTime(row.last_seen_at) })}</span></span></span>
          ${!row.current && html`<button class="button" onClick=${() => attempt(() => auth.endSession(row.id).then(load), t('settings.deviceEnded'))}>${t('settings.endDevice')}</button>`}
        </div>`)}
    </section>
  `;
}

function Password() {
  const [fields, setFields] = useState({ old_password: '', new_password: '' });
  const form = useForm();
  const set = (/** @type {string} */ name) => (/** @type {string} */ value) => setFields({ ...fields, [name]: value });
  /** @param {Event} event */
  const save = async (event) => {
    if (!(await form.submit(event, () => auth.changePassword(fields)))) return;
    setFields({ old_password: '', new_password: '' });
    toast(t('settings.passwordChanged'));
  };
  return html`
    <section class="card">
      <h2>${t('settings.password')}</h2>
      <form class="stack" onSubmit=${save}>
        <${FormError} text=${form.failure} />
        <${Field} label=${t('settings.oldPassword')} type="password" value=${fields.old_password} onInput=${set('old_password')} error=${form.errors.old_password} autocomplete="current-password" />
        <${Field} label=${t('settings.newPassword')} type="password" value=${fields.new_password} onInput=${set('new_password')} error=${form.errors.new_password} hint=${t('settings.passwordHint')} autocomplete="new-password" />
        <div><button class="button" disabled=${form.busy || !fields.old_password || !fields.new_password}>${t('settings.changePassword')}</button></div>
      </form>
    </section>
  `;
}

function Leaving() {
  const goodbye = async () => {
    const text = t(isGuest.value ? 'guest.logoutText' : 'settings.logoutText');
    if (await confirm({ title: t('settings.logoutAsk'), text, action: t('settings.logout'), danger: isGuest.value })) await logout();
  };
  const erase = async () => {
    if (!(await confirm({ title: t('settings.eraseAsk'), text: t('settings.eraseText'), action: t('settings.erase'), danger: true }))) return;
    const done = await attempt(async () => (await users.erase(), true));
    if (done) leave('auth.erased');
  };
  return html`
    <section class="card leaving">
      <button class="button" onClick=${goodbye}><${Icon} name="logOut" size=${18} />${t('settings.logout')}</button>
      <button class="button button-danger" onClick=${erase}><${Icon} name="trash" size=${18} />${t('settings.erase')}</button>
    </section>
  `;
}
