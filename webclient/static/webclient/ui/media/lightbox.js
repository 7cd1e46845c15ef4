// @ts-check
// A picture at full size over the page. Arrows walk through the pictures of the conversation, Escape closes, focus stays inside.
import { signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { addressOf, localUrl, noteLoaded, renewAddress, wantAddress } from '../../store/files.js';
import { logOf } from '../../store/logs.js';
import { nameOf } from '../../store/users.js';
import { fullTime } from '../../i18n/time.js';
import { fileSize } from '../../i18n/filesize.js';
import { t } from '../../i18n/index.js';
import { download } from '../files/card.js';
import { useFocusTrap } from '../focus.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { plainText } from '../markdown.js';
import { still } from './motion.js';
import { altOf, isMoving } from './picture.js';

/** @typedef {import('../../store/types.js').Message} Message */

const SWIPE_PX = 48;

const open = signal(/** @type {{ id: string, messageId: string } | null} */ (null));

/** @param {Message} message @param {HTMLElement} [from] what has the focus back afterwards */
export function openLightbox(message, from) {
  from?.focus();
  open.value = { id: message.conversation_id, messageId: message.message_id };
}

/** The pictures that the page holds of a conversation. @param {string} id */
const picturesOf = (id) => logOf(id).messages.value.filter((message) => message.kind === 'image' && !message.recalled && message.content.file?.status === 'ready');

export function Lightbox() {
  const shown = open.value;
  const pictures = shown ? picturesOf(shown.id) : [];
  const index = pictures.findIndex((message) => message.message_id === shown?.messageId);
  // What was recalled meanwhile is not shown any longer.
  useEffect(() => {
    if (shown && index < 0) open.value = null;
  }, [shown, index]);
  if (!shown || index < 0) return null;
  return html`<${Stage} pictures=${pictures} index=${index} />`;
}

/** @param {{ pictures: Message[], index: number }} props */
function Stage({ pictures, index }) {
  const ref = useFocusTrap();
  const message = pictures[index];
  const { file, text } = message.content;
  const close = () => (open.value = null);
  const go = (/** @type {number} */ to) => {
    const next = pictures[Math.max(0, Math.min(pictures.length - 1, to))];
    open.value = { id: next.conversation_id, messageId: next.message_id };
  };
  useEffect(() => {
    for (const near of [pictures[index + 1], pictures[index - 1]]) if (near && !localUrl(near.content.file.id)) wantAddress(near.content.file.id, 'preview');
  }, [message.message_id]);
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    const to = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: pictures.length - 1 }[event.key];
    if (event.key === 'Escape') close();
    else if (to === undefined) return;
    else go(to);
    event.preventDefault();
    event.stopPropagation();
  };
  const swipe = useSwipe((by) => go(index + by));
  return html`
    <div ref=${ref} class="lightbox" role="dialog" aria-modal="true" aria-label=${t('media.viewer')} tabindex="-1" onKeyDown=${onKeyDown} ...${swipe}>
      <header class="lightbox-head">
        <span class="lightbox-words"><span class="strong clamp">${nameOf(message.sender_id)}</span><span class="clamp">${fullTime(message.created_at)} · ${fileSize(file.size)}</span></span>
        ${pictures.length > 1 && html`<span class="lightbox-count" aria-live="polite">${t('media.countOf', { number: index + 1, total: pictures.length })}</span>`}
        <button class="icon-button" aria-label=${t('files.downloadOne', { name: file.filename, size: fileSize(file.size) })} title=${t('files.download')} onClick=${() => download(file)}><${Icon} name="download" size=${22} /></button>
        <button class="icon-button" autofocus aria-label=${t('action.close')} title=${t('action.close')} onClick=${close}><${Icon} name="close" size=${22} /></button>
      </header>
      <div class="lightbox-stage" onClick=${(/** @type {MouseEvent} */ event) => event.target === event.currentTarget && close()}>
        <${Large} key=${message.message_id} message=${message} />
        ${index > 0 && html`<button class="lightbox-step lightbox-back" aria-label=${t('media.previous')} onClick=${() => go(index - 1)}><${Icon} name="back" size=${28} /></button>`}
        ${index < pictures.length - 1 && html`<button class="lightbox-step lightbox-forth" aria-label=${t('media.next')} onClick=${() => go(index + 1)}><${Icon} name="forward" size=${28} /></button>`}
      </div>
      ${text && html`<p class="lightbox-caption">${plainText(text)}</p>`}
    </div>
  `;
}

/** The small picture at once, the large one over it as soon as it is there. @param {{ message: Message }} props */
function Large({ message }) {
  const { file } = message.content;
  const [loaded, setLoaded] = useState(false);
  const [playing, setPlaying] = useState(false);
  const frozen = isMoving(file) && still.value && !playing;
  const variant = frozen ? 'thumbnail' : 'preview';
  const memory = frozen ? null : localUrl(file.id);
  const box = useRoom(file);
  const address = memory ? null : addressOf(file.id, variant);
  const small = addressOf(file.id, 'thumbnail');
  useEffect(() => {
    if (!memory) wantAddress(file.id, variant);
  }, [file.id, variant, memory]);
  const src = memory ?? address?.url;
  const low = !loaded && !memory && small.url;
  return html`
    <div ref=${box.ref} class="lightbox-room">
      <div class="lightbox-picture" style=${box.style} data-loading=${!src && !low && address?.state !== 'missing'}>
        ${low && html`<img class="lightbox-low" src=${low} alt="" draggable=${false} />`}
        ${src && html`<img key=${`${address?.round ?? 0} ${src}`} class="lightbox-image" src=${src} alt=${altOf(message)} draggable=${false} onError=${() => !memory && renewAddress(file.id, variant)}
          onLoad=${() => { setLoaded(true); if (!memory) noteLoaded(file.id, variant); }} />`}
        ${address?.state === 'missing' && !low && html`<span class="picture-none"><${Icon} name="image" size=${32} /><span>${t('media.noPreview')}</span></span>`}
        ${frozen && html`<button class="lightbox-play" onClick=${() => setPlaying(true)}><${Icon} name="play" size=${20} />${t('media.play')}</button>`}
      </div>
    </div>
  `;
}

/** As large as the stage allows, never larger than the picture is. @param {import('../../store/types.js').FileObject} file */
function useRoom({ width = 800, height = 600 }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  const [room, setRoom] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    if (!ref.current) return undefined;
    const observer = new ResizeObserver(([entry]) => setRoom({ width: entry.contentRect.width, height: entry.contentRect.height }));
    observer.observe(ref.current);
    setRoom({ width: ref.current.clientWidth, height: ref.current.clientHeight });
    return () => observer.disconnect();
  }, []);
  const scale = Math.min(1, room.width / width, room.height / height);
  return { ref, style: { width: `${Math.round(width * scale)}px`, height: `${Math.round(height * scale)}px` } };
}

/** A finger drawn to the side goes to the next picture. @param {(by: number) => void} go */
function useSwipe(go) {
  const start = useRef(/** @type {{ x: number, y: number } | null} */ (null));
  return {
    onTouchStart: (/** @type {TouchEvent} */ event) => (start.current = event.touches.length === 1 ? { x: event.touches[0].clientX, y: event.touches[0].clientY } : null),
    onTouchEnd: (/** @type {TouchEvent} */ event) => {
      if (!start.current) return;
      const { clientX, clientY } = event.changedTouches[0];
      const [x, y] = [clientX - start.current.x, clientY - start.current.y];
      if (Math.abs(x) > SWIPE_PX && Math.abs(x) > 2 * Math.abs(y)) go(x < 0 ? 1 : -1);
      start.current = null;
    },
  };
}
