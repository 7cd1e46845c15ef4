// @ts-check
// Where messages are written: grows with the text, keeps a draft, never sends while an input method composes.
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

import { editText, sendText } from '../store/commands.js';
import { isPrivate, titleOf } from '../store/conversations.js';
import { draftOf, rewrites, setTarget, targets, writeDraft } from '../store/drafts.js';
import { sendTray, trayOf } from '../store/fileuploads.js';
import { logOf, openLatest } from '../store/logs.js';
import { narrow } from '../store/prefs.js';
import { tellTyping } from '../store/presence.js';
import { route } from '../store/router.js';
import { muteIn } from '../store/sanctions.js';
import { config } from '../store/session.js';
import { toast, toastError } from '../store/toasts.js';
import { nameOf } from '../store/users.js';
import { t } from '../i18n/index.js';
import { mayEdit, startEdit } from './actions.js';
import { Completion, useCompletion } from './completion.js';
import { EmojiPicker } from './emoji.js';
import { PickButton, takePasted, takesFiles } from './files/drop.js';
import { Tray } from './files/tray.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { summaryOf } from './listrow.js';
import { RecordBar, useRecorder } from './media/recorder.js';
import { closeMenu, showMenu } from './menu.js';
import { readMentions } from './mentions.js';
import { MutedNotice } from './reports/notices.js';
import { showEnd } from './scroll.js';
import { silenceOf } from './silence.js';
import { useHeldSeconds } from './typing.js';

/** @typedef {import('../store/types.js').Conversation} Conversation */

const MOST_CHARACTERS = 16_000;

export function focusComposer() {
  requestAnimationFrame(() => /** @type {HTMLElement | null} */ (document.querySelector('.composer-input'))?.focus());
}

/** @param {{ entry: Conversation }} props */
export function Composer({ entry }) {
  const mute = muteIn(entry.id);
  if (mute) return html`<${MutedNotice} mute=${mute} />`;
  const silent = silenceOf(entry);
  if (silent) return html`<div class="composer-frame"><div class="composer composer-off"><${Icon} name="micOff" /><span>${silent}</span></div></div>`;
  return html`<${OpenComposer} entry=${entry} />`;
}

/** @param {{ entry: Conversation }} props */
function OpenComposer({ entry }) {
  const id = entry.id;
  const target = targets.value.get(id) ?? null;
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const [text, setText] = useState(draftOf(id));
  const held = useHeldSeconds(id);
  const completion = useCompletion(entry, field, text, (next, caret) => write(next, caret));

  /** @param {string} next @param {number} [caret] */
  const write = (next, caret) => {
    setText(next);
    if (target?.kind !== 'edit') writeDraft(id, next);
    if (next.trim()) tellTyping(id);
    if (caret !== undefined) requestAnimationFrame(() => field.current?.setSelectionRange(caret, caret));
  };
  useLayoutEffect(() => {
    if (target?.kind === 'edit') setText(target.message.content.text ?? '');
    else setText(draftOf(id));
    if ((!narrow.value && route.value.section === 'chats') || target) field.current?.focus();
  }, [id, target, rewrites.value]);
  useLayoutEffect(() => grow(field.current), [text]);

  const editing = target?.kind === 'edit';
  const going = !editing && trayOf(id).some((upload) => upload.state !== 'failed');
  const ready = !!text.trim() || going;
  const recorder = useRecorder(id, () => {
    setTarget(id, null);
    return { replyTo: target?.message.message_id };
  });
  const back = (/** @type {() => unknown} */ work) => async () => {
    await work();
    if (!narrow.value) focusComposer();
  };
  const speaks = !ready && !editing && !held && takesFiles();

  const send = () => {
    const clean = text.trim();
    if (!ready) return;
    const most = config.value.limits?.text_characters ?? MOST_CHARACTERS;
    if ([...clean].length > most) return toast(t('composer.tooLong', { count: most }), { tone: 'danger' });
    if (target?.kind === 'edit') {
      if (clean !== target.message.content.text) editText(target.message, clean);
    } else {
      const words = { replyTo: target?.message.message_id, mentions: readMentions(entry, clean) };
      if (going) sendTray(id, { ...words, text: clean });
      else sendText(id, clean, words);
      writeDraft(id, '');
      if (logOf(id).hasAfter.value) void openLatest(id).then(showEnd, toastError);
    }
    setText('');
    setTarget(id, null);
    field.current?.focus();
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (completion.onKeyDown(event)) return;
    if (event.key === 'Enter' && !event.shiftKey && !(narrow.value && event.isTrusted && matchMedia('(pointer: coarse)').matches)) {
      event.preventDefault();
      send();
    } else if (event.key === 'Escape' && target) {
      event.stopPropagation();
      setTarget(id, null);
    } else if (event.key === 'ArrowUp' && !text) {
      const last = logOf(id).messages.value.findLast(mayEdit);
      if (!last) return;
      event.preventDefault();
      startEdit(last);
    }
  };
  /** @param {any} event */
  const onInput = (event) => {
    write(event.currentTarget.value);
    completion.follow();
  };
  /** @param {KeyboardEvent} event */
  const onCaret = (event) => void (/^(Arrow(Left|Right)|Home|End)$/.test(event.key) && completion.follow());
  const insert = (/** @type {string} */ piece) => {
    const at = field.current?.selectionStart ?? text.length;
    write(text.slice(0, at) + piece + text.slice(field.current?.selectionEnd ?? at), at + piece.length);
    field.current?.focus();
    requestAnimationFrame(completion.follow);
  };

  return html`
    <div class="composer-frame">
      <${Completion} state=${completion} />
      <div class="composer">
        ${target && html`<${Target} id=${id} target=${target} />`}
        ${!editing && html`<${Tray} id=${id} />`}
        ${recorder.take && html`<${RecordBar} take=${recorder.take} onCancel=${back(recorder.cancel)} onSend=${back(recorder.send)} />`}
        <div class="composer-row" hidden=${!!recorder.take}>
          ${!editing && takesFiles() && html`<${PickButton} id=${id} />`}
          <textarea ref=${field} class="composer-input" rows="1" dir="auto" value=${text} placeholder=${narrow.value ? t('composer.short') : t('composer.to', { title: titleOf(entry) })}
            aria-label=${t('composer.to', { title: titleOf(entry) })} enterkeyhint=${narrow.value ? undefined : 'send'} ...${completion.aria}
            onInput=${onInput} onKeyDown=${onKeyDown} onKeyUp=${onCaret} onClick=${completion.follow} onPaste=${(/** @type {ClipboardEvent} */ event) => !editing && takePasted(id, event)} onBlur=${completion.close}></textarea>
          <div class="composer-tools">
            ${!narrow.value && !isPrivate(entry) && html`<button class="icon-button" aria-label=${t('composer.mention')} title=${t('composer.mention')} onMouseDown=${keepFocus} onClick=${() => insert('@')}><${Icon} name="at" size=${22} /></button>`}
            <button class="icon-button" aria-label=${t('composer.emoji')} title=${t('composer.emoji')} onClick=${(/** @type {MouseEvent} */ event) => openEmoji(event, insert)}><${Icon} name="smile" size=${22} /></button>
            ${speaks
              ? html`<button class="send send-voice" aria-label=${t('voice.record')} title=${t('voice.record')} onMouseDown=${keepFocus} onClick=${recorder.start}><${Icon} name="mic" size=${22} /></button>`
              : html`<button class="send" aria-label=${t(editing ? 'composer.save' : 'composer.send')} title=${t('composer.send')} disabled=${!ready} onMouseDown=${keepFocus} onClick=${send}>${held && !ready ? html`<span class="send-wait" aria-hidden="true">${held}</span>` : html`<${Icon} name=${editing ? 'check' : 'arrowUp'} size=${20} />`}</button>`}
          </div>
        </div>
      </div>
    </div>
  `;
}

/** @param {Event} event */
const keepFocus = (event) => event.preventDefault();

/** @param {MouseEvent} event @param {(emoji: string) => void} insert */
function openEmoji(event, insert) {
  const pick = (/** @type {string} */ emoji) => {
    closeMenu();
    requestAnimationFrame(() => insert(emoji));
  };
  showMenu(event, [], { head: html`<${EmojiPicker} onPick=${pick} />` });
}

/** @param {HTMLTextAreaElement | null} field */
function grow(field) {
  if (!field) return;
  field.style.height = 'auto';
  field.style.height = `${Math.min(field.scrollHeight, 200)}px`;
}

/** @param {{ id: string, target: NonNullable<import('../store/drafts.js').Target> }} props */
function Target({ id, target }) {
  const label = target.kind === 'edit' ? t('composer.editing') : t('composer.replying', { name: nameOf(target.message.sender_id) });
  return html`
    <div class="composer-target">
      <${Icon} name=${target.kind === 'edit' ? 'edit' : 'reply'} size=${18} />
      <span class="target-text"><span class="target-label">${label}</span><span class="target-quote">${summaryOf(logOf(id).find(target.message.message_id) ?? target.message)}</span></span>
      <button class="icon-button icon-button-small" aria-label=${t('action.cancel')} onClick=${() => setTarget(id, null)}><${Icon} name="close" size=${18} /></button>
    </div>
  `;
}
