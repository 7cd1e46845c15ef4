// @ts-check
// A file in a message: its name, size and type. A click downloads it; while it goes up, the same place says how far it is.
import { freshAddress } from '../../store/files.js';
import { removeUpload } from '../../store/fileuploads.js';
import { attempt } from '../../store/toasts.js';
import { fileSize } from '../../i18n/filesize.js';
import { t } from '../../i18n/index.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { markOf, splitName, typeName } from './kind.js';
import { ProgressBar, ProgressWords } from './progress.js';

/** @typedef {import('../../store/types.js').FileObject} FileObject */
/** @typedef {import('../../store/fileuploads.js').Upload} Upload */

/** Save a file: its address is asked for anew, so that access is looked at now. @param {FileObject} file */
export function download(file) {
  return attempt(async () => {
    const link = document.createElement('a');
    link.href = await freshAddress(file.id, 'original');
    link.rel = 'noopener';
    link.click();
  });
}

/** @param {{ file: FileObject, upload?: Upload }} props */
export function FileCard({ file, upload }) {
  const [head, tail] = splitName(file.filename);
  const body = html`
    <span class="file-mark"><${Icon} name=${markOf(file.content_type)} size=${22} /></span>
    <span class="file-words">
      <span class="file-name" title=${file.filename}><span class="clamp">${head}</span><span>${tail}</span></span>
      <span class="file-sub">${upload && upload.state !== 'failed' ? html`<${ProgressWords} upload=${upload} />` : `${fileSize(file.size)} · ${typeName(file.filename)}`}</span>
      ${upload && upload.state !== 'failed' && html`<${ProgressBar} upload=${upload} />`}
    </span>`;
  if (upload) {
    return html`<div class="file-card">${body}${upload.state !== 'failed' && html`<button class="icon-button icon-button-small" aria-label=${t('files.cancelOne', { name: file.filename })} title=${t('action.cancel')} onClick=${() => removeUpload(upload.key)}><${Icon} name="close" size=${18} /></button>`}</div>`;
  }
  return html`<button class="file-card" aria-label=${t('files.downloadOne', { name: file.filename, size: fileSize(file.size) })} disabled=${!file.id} onClick=${() => download(file)}>${body}<${Icon} name="download" size=${20} class="file-get" /></button>`;
}
