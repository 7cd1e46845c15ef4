// @ts-check
// Files that come by hand: dropped on the conversation, pasted into the composer, or picked.
import { useRef, useState } from 'preact/hooks';

import { addFiles } from '../../store/fileuploads.js';
import { config } from '../../store/session.js';
import { toast } from '../../store/toasts.js';
import { t } from '../../i18n/index.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';

/** Whether this site takes files. */
export const takesFiles = () => config.value.features?.files !== false;

/** @param {DataTransfer | null} data */
const hasFiles = (data) => !!data && [...data.types].includes('Files');

/**
 * Handlers for a place on which files can be dropped, and whether some are held over it.
 * @param {string} id the conversation @param {boolean} open whether the person may write in it
 */
export function useFileDrop(id, open) {
  const [over, setOver] = useState(false);
  const wanted = (/** @type {DragEvent} */ event) => open && takesFiles() && hasFiles(event.dataTransfer);
  /** @param {DragEvent} event */
  const onDragLeave = (event) => {
    const pane = /** @type {HTMLElement} */ (event.currentTarget);
    if (!pane.contains(/** @type {Node | null} */ (event.relatedTarget))) setOver(false);
  };
  /** @param {DragEvent} event */
  const onDragOver = (event) => {
    if (!wanted(event) || !event.dataTransfer) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    setOver(true);
  };
  /** @param {DragEvent} event */
  const onDrop = (event) => {
    setOver(false);
    if (!wanted(event) || !event.dataTransfer) return;
    event.preventDefault();
    takeDropped(id, event.dataTransfer);
    /** @type {HTMLElement | null} */ (document.querySelector('.composer-input'))?.focus();
  };
  return { over, handlers: { onDragEnter: onDragOver, onDragLeave, onDragOver, onDrop } };
}

/** @param {string} id @param {DataTransfer} data */
function takeDropped(id, data) {
  const items = [...data.items].filter((item) => item.kind === 'file');
  const files = [...data.files].filter((_file, index) => !items[index]?.webkitGetAsEntry?.()?.isDirectory);
  if (files.length < data.files.length) toast(t('files.noFolders'), { tone: 'danger' });
  addFiles(id, files);
}

export function DropVeil() {
  return html`<div class="drop-veil" aria-hidden="true"><div class="drop-card"><${Icon} name="upload" size=${28} /><span>${t('files.dropHere')}</span></div></div>`;
}

/**
 * Take pasted files, unless the clipboard rather means text (a copied table comes with its picture).
 * @param {string} id @param {ClipboardEvent} event
 */
export function takePasted(id, event) {
  const data = event.clipboardData;
  if (!data?.files.length || !takesFiles()) return;
  const text = data.getData('text/plain');
  const files = [...data.files];
  if (text && !files.some((file) => file.name === text.trim())) return;
  event.preventDefault();
  addFiles(id, files);
}

/** @param {{ id: string }} props */
export function PickButton({ id }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  /** @param {any} event */
  const onChange = (event) => {
    addFiles(id, [...event.currentTarget.files]);
    event.currentTarget.value = '';
    /** @type {HTMLElement | null} */ (document.querySelector('.composer-input'))?.focus();
  };
  return html`
    <button class="icon-button composer-pick" aria-label=${t('files.attach')} title=${t('files.attach')} onClick=${() => input.current?.click()}><${Icon} name="paperclip" size=${22} /></button>
    <input ref=${input} class="visually-hidden composer-files" type="file" multiple tabindex="-1" aria-hidden="true" aria-label=${t('files.attach')} onChange=${onChange} />
  `;
}

// A file that misses its place must not replace the page.
for (const type of ['dragover', 'drop']) {
  addEventListener(type, (event) => {
    const { dataTransfer } = /** @type {DragEvent} */ (event);
    if (!hasFiles(dataTransfer) || event.defaultPrevented) return;
    event.preventDefault();
    if (dataTransfer) dataTransfer.dropEffect = 'none';
  });
}
