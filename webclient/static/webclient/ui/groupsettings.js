// @ts-check
// A group's profile and rules, for those who lead it.
import { useEffect, useState } from 'preact/hooks';

import { avatars, groups } from '../api/endpoints.js';
import { conversationOf, dropConversations, patchConversation } from '../store/conversations.js';
import { loadProfile, profiles, updateProfile } from '../store/members.js';
import { navigate } from '../store/router.js';
import { attempt } from '../store/toasts.js';
import { duration } from '../i18n/time.js';
import { t } from '../i18n/index.js';
import { ConversationAvatar } from './avatar.js';
import { Dialog } from './dialog.js';
import { AvatarPicker } from './files/avatarpicker.js';
import { Field, FormError, useForm } from './form.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { confirm } from './overlays.js';
import { Segmented, Switch } from './segmented.js';

/** @param {{ id: string, onClose: () => void }} props */
export function GroupSettingsDialog({ id, onClose }) {
  const profile = profiles.value.get(id);
  useEffect(() => void attempt(() => loadProfile(id)), [id]);
  return html`
    <${Dialog} title=${t('group.settings')} onClose=${onClose}>
      <div class="dialog-body stack">
        ${profile ? html`<${Picture} id=${id} /><${Profile} id=${id} profile=${profile} /><${Rules} id=${id} profile=${profile} /><${Dissolve} id=${id} onClose=${onClose} />` : html`<div class="skeleton skeleton-block"></div>`}
      </div>
    <//>
  `;
}

/** @param {{ id: string }} props */
function Picture({ id }) {
  const entry = conversationOf(id);
  if (!entry) return null;
  const choose = async (/** @type {string | null} */ fileId) => {
    const fresh = fileId ? await avatars.setGroup(id, fileId) : await avatars.removeGroup(id);
    patchConversation(id, { avatar_url: fresh?.avatar_url ?? null });
  };
  return html`<div class="me"><${ConversationAvatar} entry=${entry} size=${72} /><${AvatarPicker} has=${!!entry.avatar_url} choose=${choose} /></div>`;
}

/** @param {{ id: string, profile: Record<string, any> }} props */
function Profile({ id, profile }) {
  const [fields, setFields] = useState({ name: profile.name ?? '', description: profile.description ?? '', announcement: profile.announcement ?? '' });
  const form = useForm();
  const set = (/** @type {string} */ name) => (/** @type {string} */ value) => setFields({ ...fields, [name]: value });
  const changed = Object.entries(fields).filter(([name, value]) => value.trim() !== (profile[name] ?? ''));
  const save = () => updateProfile(id, Object.fromEntries(changed.map(([name, value]) => [name, value.trim()])));
  return html`
    <form class="stack" onSubmit=${(/** @type {Event} */ event) => form.submit(event, save)}>
      <${FormError} text=${form.failure} />
      <${Field} label=${t('group.name')} value=${fields.name} onInput=${set('name')} maxlength=${100} required />
      <${Field} label=${t('group.description')} value=${fields.description} onInput=${set('description')} maxlength=${1000} rows=${2} />
      <${Field} label=${t('group.announcement')} value=${fields.announcement} onInput=${set('announcement')} maxlength=${2000} rows=${3} />
      <div class="dialog-actions"><button class="button button-filled" disabled=${form.busy || !changed.length || !fields.name.trim()}>${t('action.save')}</button></div>
    </form>
  `;
}

/** @param {{ id: string, profile: Record<string, any> }} props */
function Rules({ id, profile }) {
  const set = (/** @type {string} */ name) => (/** @type {unknown} */ value) => void attempt(() => updateProfile(id, { [name]: value }));
  return html`
    <div class="rules">
      <div class="section-label">${t('group.joinPolicy')}</div>
      <${Segmented} label=${t('group.joinPolicy')} value=${profile.join_policy} onChange=${set('join_policy')} options=${POLICIES.map((name) => [name, t(`group.join.${name}`)])} />
      <p class="hint rules-hint">${t(`group.joinHint.${profile.join_policy}`)}</p>
      <div class="section-label">${t('group.slowMode')}</div>
      <${Segmented} label=${t('group.slowMode')} value=${String(profile.slow_mode_s)} onChange=${(/** @type {string} */ value) => set('slow_mode_s')(Number(value))} options=${pausesWith(profile.slow_mode_s)} />
      <p class="hint rules-hint">${t('group.slowModeHint')}</p>
      <${Switch} label=${t('group.mutedAll')} hint=${t('group.mutedAllHint')} on=${!!profile.muted_all} onChange=${set('muted_all')} />
      <${Switch} label=${t('group.announcementOnly')} hint=${t('group.announcementOnlyHint')} on=${!!profile.announcement_only} onChange=${set('announcement_only')} />
      <${Switch} label=${t('group.historyVisible')} hint=${t('group.historyVisibleHint')} on=${!!profile.history_visible} onChange=${set('history_visible')} />
    </div>
  `;
}

const POLICIES = ['invite', 'approval', 'open'];
const PAUSES_S = [0, 5, 10, 30, 60, 300];

/** The pauses to choose from, and the one that holds if it is another. @param {number} present @returns {Array<[string, string]>} */
function pausesWith(present) {
  const seconds = [...new Set([...PAUSES_S, present])].sort((a, b) => a - b);
  return seconds.map((value) => [String(value), value ? duration(value) : t('group.slowModeOff')]);
}

/** @param {{ id: string, onClose: () => void }} props */
function Dissolve({ id, onClose }) {
  const entry = conversationOf(id);
  if (entry?.role !== 'owner') return null;
  const dissolve = async () => {
    if (!(await confirm({ title: t('group.dissolveAsk', { title: entry.title }), text: t('group.dissolveText'), action: t('group.dissolve'), danger: true }))) return;
    const done = await attempt(async () => (await groups.dissolve(id), true));
    if (!done) return;
    onClose();
    navigate('/', { replace: true });
    dropConversations([id]);
  };
  return html`<button class="button button-danger" onClick=${dissolve}><${Icon} name="trash" size=${18} />${t('group.dissolve')}</button>`;
}
