// @ts-check
// Objecting to a sanction: what was decided and why, in whose hands an appeal comes, and the words for it.
import { useState } from 'preact/hooks';

import { conversationOf, titleOf } from '../../store/conversations.js';
import { appeal } from '../../store/sanctions.js';
import { toast } from '../../store/toasts.js';
import { fullTime } from '../../i18n/time.js';
import { t } from '../../i18n/index.js';
import { Dialog } from '../dialog.js';
import { Field, FormError, useForm } from '../form.js';
import { html } from '../html.js';
import { openOverlay } from '../overlays.js';

/** @typedef {import('../../store/sanctions.js').Sanction} Sanction */

const MOST_CHARACTERS = 2_000;

/** What was decided, where, and until when: one sentence. @param {Sanction} sanction */
export function describeSanction({ kind, conversation_id: place, until }) {
  const entry = conversationOf(place);
  const where = place === null ? t('sanction.everywhere') : entry ? t('sanction.in', { title: titleOf(entry) }) : t('sanction.inGroup');
  if (kind === 'warn') return t('sanction.warn', { where: place === null ? '' : where }).trim();
  return t(`sanction.${kind}`, { where, time: untilOf(until) });
}

/** @param {string | null} until */
export const untilOf = (until) => (until ? t('sanction.until', { time: fullTime(until) }) : t('sanction.forGood'));

/** The words of an appeal and the button that sends them. @param {{ send: (text: string) => Promise<unknown>, onSent?: () => void, children?: any }} props */
export function AppealForm({ send, onSent, children }) {
  const [text, setText] = useState('');
  const form = useForm();
  /** @param {Event} event */
  const submit = async (event) => {
    if (await form.submit(event, () => send(text.trim()))) onSent?.();
  };
  return html`
    <form class="stack" onSubmit=${submit}>
      <${Field} label=${t('appeal.text')} value=${text} onInput=${setText} rows=${4} maxlength=${MOST_CHARACTERS} hint=${t('appeal.hint')} autofocus />
      <${FormError} text=${form.failure} />
      <div class="dialog-actions">${children}<button class="button button-filled" disabled=${form.busy || !text.trim()}>${t('appeal.send')}</button></div>
    </form>
  `;
}

/** @param {{ sanction: Sanction, onClose: () => void }} props */
export function AppealDialog({ sanction, onClose }) {
  const sent = () => {
    toast(t('appeal.sent'));
    onClose();
  };
  return html`
    <${Dialog} title=${t('appeal.title')} onClose=${onClose}>
      <div class="dialog-body stack">
        <div class="decision"><p class="decision-what">${describeSanction(sanction)}</p><p>${sanction.reason}</p></div>
        <${AppealForm} send=${(/** @type {string} */ text) => appeal(sanction.id, text)} onSent=${sent}><button type="button" class="button" onClick=${onClose}>${t('action.cancel')}</button><//>
      </div>
    <//>
  `;
}

/** Appeal, or what has come of it. @param {{ sanction: Sanction, soft?: boolean }} props */
export function AppealState({ sanction, soft = false }) {
  if (!sanction.appeal) return html`<button class=${`button ${soft ? 'button-soft' : ''}`} onClick=${() => openOverlay('appeal', { sanction })}>${t('appeal.do')}</button>`;
  return html`<span class=${`tag ${sanction.appeal.state === 'open' ? 'tag-accent' : ''}`}>${t(`appeal.state.${sanction.appeal.state}`)}</span>`;
}
