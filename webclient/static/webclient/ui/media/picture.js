// @ts-check
// A picture of a message in a box of its shape, which is known before the picture is there: nothing moves when it comes.
import { useEffect, useRef, useState } from 'preact/hooks';

import { addressOf, localUrl, noteLoaded, renewAddress, wantAddress } from '../../store/files.js';
import { removeUpload, uploadOf } from '../../store/fileuploads.js';
import { nameOf } from '../../store/users.js';
import { t } from '../../i18n/index.js';
import { ProgressRing } from '../files/progress.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { plainText } from '../markdown.js';
import { openLightbox } from './lightbox.js';
import { still } from './motion.js';

/** @typedef {import('../../store/types.js').Message} Message */
/** @typedef {import('../../store/types.js').FileObject} FileObject */
/** @typedef {import('../../store/files.js').Variant} Variant */

const WIDEST = 320;
const HIGHEST = 360;
const NARROWEST = 120;
const LOWEST = 80;
const CAPTIONED = 240;
const AHEAD_PX = 500;

/** The box of a picture in the log, in px. @param {FileObject} file @param {boolean} captioned */
export function boxOf({ width = 4, height = 3 }, captioned) {
  const known = width > 4;
  const scale = known ? Math.min(1, WIDEST / width, HIGHEST / height) : 60;
  const least = captioned ? CAPTIONED : NARROWEST;
  return { width: Math.round(Math.max(least, width * scale)), height: Math.round(Math.max(LOWEST, height * scale)) };
}

/** What a picture is called for those who do not see it. @param {Message} message */
export function altOf(message) {
  const { file, text } = message.content;
  return t('media.alt', { name: nameOf(message.sender_id), title: text ? plainText(text) : file.filename });
}

/** @param {FileObject} file */
export const isMoving = (file) => file.content_type === 'image/gif';

/** @param {{ message: Message }} props */
export function Picture({ message }) {
  const { file, text } = message.content;
  const box = boxOf(file, !!text);
  return html`<div class="picture-box" style=${{ width: `${box.width}px`, aspectRatio: `${box.width} / ${box.height}` }}><${Tile} message=${message} /></div>`;
}

/** A picture that fills its place and opens on a click; while it goes up, a ring and the way to stop it. @param {{ message: Message }} props */
export function Tile({ message }) {
  const { file } = message.content;
  const upload = message.state ? uploadOf(message.client_msg_id) : undefined;
  const busy = upload && upload.state !== 'failed';
  return html`
    <button class="picture" disabled=${!file.id && !upload} onClick=${(/** @type {MouseEvent} */ event) => file.id && openLightbox(message, /** @type {HTMLElement} */ (event.currentTarget))}>
      <${Shown} file=${file} own=${upload?.url ?? null} alt=${altOf(message)} />
      ${isMoving(file) && still.value && html`<span class="picture-tag">GIF</span>`}
    </button>
    ${busy && html`<button class="picture-cancel" aria-label=${t('files.cancelOne', { name: file.filename })} onClick=${() => removeUpload(upload.key)}><${ProgressRing} upload=${upload} /><${Icon} name="close" size=${18} /></button>`}
  `;
}

/** @param {{ file: FileObject, own: string | null, alt: string }} props `own` is the picture in this page's memory */
function Shown({ file, own, alt }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  const near = useNear(ref);
  const moving = isMoving(file);
  const memory = moving && still.value ? null : own ?? localUrl(file.id);
  const variant = /** @type {Variant} */ (moving && !still.value ? 'preview' : 'thumbnail');
  const [broken, setBroken] = useState('');
  const address = memory || !file.id ? null : addressOf(file.id, variant);
  useEffect(() => {
    if (!memory && near && file.id) wantAddress(file.id, variant);
  }, [memory, near, file.id, variant]);
  const src = memory ?? address?.url;
  const failed = address?.state === 'missing' || (memory && broken === memory);
  const onError = () => (memory ? setBroken(memory) : renewAddress(file.id, variant));
  return html`
    <span ref=${ref} class="picture-shown" data-loading=${!src && !failed}>
      ${failed && html`<span class="picture-none"><${Icon} name="image" size=${24} /><span>${t('media.noPreview')}</span></span>`}
      ${src && !failed && html`<img key=${`${address?.round ?? 0} ${src}`} class="picture-image" src=${src} alt=${alt} draggable=${false} decoding="async" onLoad=${() => !memory && noteLoaded(file.id, variant)} onError=${onError} />`}
    </span>
  `;
}

/** Whether an element is, or was, near what the log shows. @param {import('preact').RefObject<HTMLElement | null>} ref */
export function useNear(ref) {
  const [near, setNear] = useState(false);
  useEffect(() => {
    if (!ref.current) return undefined;
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      setNear(true);
      observer.disconnect();
    }, { root: ref.current.closest('.log'), rootMargin: `${AHEAD_PX}px` });
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return near;
}
