// @ts-check
// Reporting a message, a person or a group: why, in one's own words, what moderators will see, and what happens then.
import { useEffect, useRef, useState } from 'preact/hooks';

import { friends, reports as api } from '../../api/endpoints.js';
import { blocked, changeContacts } from '../../store/contacts.js';
import { titleOf } from '../../store/conversations.js';
import { navigate } from '../../store/router.js';
import { me } from '../../store/session.js';
import { attempt } from '../../store/toasts.js';
import { nameOf } from '../../store/users.js';
import { t } from '../../i18n/index.js';
import { Dialog } from '../dialog.js';
import { Field, FormError, useForm } from '../form.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { summaryOf } from '../listrow.js';
import { openOverlay } from '../overlays.js';
import { Switch } from '../segmented.js';

/** The reasons of the contract, the frequent ones first. */
export const REASONS = ['spam', 'fraud', 'harassment', 'hate', 'sexual', 'violence', 'self_harm', 'child_safety', 'impersonation', 'illegal', 'other'];
const URGENT = new Set(['violence', 'self_harm', 'child_safety']);
const MOST_CHARACTERS = 1_000;

/**
 * What is reported. `place` is the direct conversation with a person, which may be shown to the moderators.
 * @typedef {{ kind: 'message' | 'user' | 'conversation', id: string, userId?: string, name: string, quote?: string, place?: string }} Subject
 */

/** @param {import('../../store/types.js').Message} message */
export function reportMessage(message) {
  open({ kind: 'message', id: message.message_id, userId: message.sender_id, name: nameOf(message.sender_id), quote: summaryOf(message) });
}

/** @param {string} userId @param {string} [place] */
export function reportPerson(userId, place) {
  open({ kind: 'user', id: userId, userId, name: nameOf(userId), place });
}

/** @param {import('../../store/types.js').Conversation} entry */
export function reportGroup(entry) {
  open({ kind: 'conversation', id: entry.id, name: titleOf(entry) });
}

/** @param {Subject} subject */
const open = (subject) => openOverlay('report', { subject });

/** @param {{ subject: Subject, onClose: () => void }} props */
export function ReportDialog({ subject, onClose }) {
  const [filed, setFiled] = useState(false);
  return html`
    <${Dialog} title=${t(`report.title.${subject.kind}`)} onClose=${onClose}>
      ${filed ? html`<${Thanks} subject=${subject} onClose=${onClose} />` : html`<${ReportForm} subject=${subject} onFiled=${() => setFiled(true)} onClose=${onClose} />`}
    <//>
  `;
}

/** @param {{ subject: Subject, onFiled: () => void, onClose: () => void }} props */
function ReportForm({ subject, onFiled, onClose }) {
  const [reason, setReason] = useState('');
  const [comment, setComment] = useState('');
  const [shows, setShows] = useState(true);
  const form = useForm();
  const withPlace = shows && subject.place;
  /** @param {Event} event */
  const submit = async (event) => {
    const named = withPlace ? { conversation_id: subject.place } : { [`${subject.kind}_id`]: subject.id };
    if (await form.submit(event, () => api.file({ ...named, reason, comment: comment.trim() }))) onFiled();
  };
  return html`
    <form class="dialog-body stack report" onSubmit=${submit}>
      <p class="report-about"><strong>${subject.name}</strong>${subject.quote && html`<span class="report-quote">${subject.quote}</span>`}</p>
      <fieldset class="reasons">
        <legend class="field-label">${t('report.why')}</legend>
        ${REASONS.map((name) => html`
          <label key=${name} class="reason"><input type="radio" name="reason" value=${name} checked=${name === reason} onChange=${() => setReason(name)} /><span class="reason-mark" aria-hidden="true"></span>${t(`report.reason.${name}`)}</label>`)}
      </fieldset>
      ${URGENT.has(reason) && html`<p class="report-urgent" role="status"><${Icon} name="alert" size=${18} /><span>${t('report.urgent')}</span></p>`}
      <${Field} label=${t('report.comment')} value=${comment} onInput=${setComment} rows=${2} maxlength=${MOST_CHARACTERS} placeholder=${t('report.commentHint')} />
      ${subject.place && html`<${Switch} label=${t('report.withMessages')} on=${shows} onChange=${setShows} />`}
      <p class="report-seen"><${Icon} name="eye" size=${18} /><span>${t(`report.seen.${withPlace ? 'direct' : subject.kind}`, { name: subject.name })}${t('text.gap')}${t(subject.kind === 'conversation' ? 'report.secretGroup' : 'report.secret', { name: subject.name })}</span></p>
      <${FormError} text=${form.failure} />
      <div class="dialog-actions">
        <button type="button" class="button" onClick=${onClose}>${t('action.cancel')}</button>
        <button class="button button-filled" disabled=${form.busy || !reason}>${t('report.send')}</button>
      </div>
    </form>
  `;
}

/** @param {{ subject: Subject, onClose: () => void }} props */
function Thanks({ subject, onClose }) {
  const done = useRef(/** @type {HTMLButtonElement | null} */ (null));
  useEffect(() => done.current?.focus(), []);
  const { userId } = subject;
  const mayBlock = userId && !blocked.value.some((user) => user.id === userId);
  const follow = () => {
    onClose();
    navigate('/settings');
  };
  return html`
    <div class="dialog-body report-thanks">
      <span class="empty-mark"><${Icon} name="check" size=${28} /></span>
      <div role="status"><h3>${t('report.thanks')}</h3><p>${t('report.next')}${t('text.gap')}${t(me.value?.email ? 'report.nextMail' : 'report.nextApp')}</p></div>
      <div class="report-after">
        ${mayBlock && html`<button class="button" onClick=${() => attempt(() => changeContacts(() => friends.block(userId)), t('person.blocked'))}><${Icon} name="ban" size=${18} />${t('report.block', { name: subject.name })}</button>`}
        <button class="button" onClick=${follow}>${t('report.mine')}</button>
        <button ref=${done} class="button button-filled" onClick=${onClose}>${t('report.done')}</button>
      </div>
    </div>
  `;
}
