// @ts-check
// Above the composer: what will be sent with the next message, how far each is, and what went wrong.
import { removeUpload, retryUpload, trayOf } from '../../store/fileuploads.js';
import { t } from '../../i18n/index.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { markOf, splitName } from './kind.js';
import { ProgressBar, ProgressWords } from './progress.js';

/** @typedef {import('../../store/fileuploads.js').Upload} Upload */

/** @param {{ id: string }} props */
export function Tray({ id }) {
  const rows = trayOf(id);
  if (!rows.length) return null;
  return html`<div class="tray" role="list" aria-label=${t('files.tray')}>${rows.map((upload) => html`<${TrayItem} key=${upload.key} upload=${upload} />`)}</div>`;
}

/** @param {{ upload: Upload }} props */
function TrayItem({ upload }) {
  const { key, kind, name, state, url } = upload;
  const failed = state === 'failed';
  const picture = !failed && kind === 'image' && url;
  return html`
    <div class=${`tray-item ${picture ? 'tray-picture' : 'tray-card'}`} role="listitem" data-state=${state} title=${name}>
      ${picture ? html`<img class="tray-image" src=${url} alt=${name} draggable=${false} />` : html`<span class="tray-mark"><${Icon} name=${failed ? 'alert' : markOf(upload.type)} size=${22} /></span>`}
      ${!picture && html`<${Words} upload=${upload} />`}
      ${!failed && state !== 'ready' && html`<${ProgressBar} upload=${upload} />`}
      ${state === 'ready' && picture && html`<span class="tray-ready"><${Icon} name="check" size=${14} label=${t('files.ready')} /></span>`}
      ${failed && upload.retriable && html`<button class="icon-button icon-button-small" aria-label=${t('files.retryOne', { name })} title=${t('message.retry')} onClick=${() => retryUpload(key)}><${Icon} name="refresh" size=${18} /></button>`}
      <button class="icon-button icon-button-small tray-remove" aria-label=${t('files.removeOne', { name })} title=${t('files.remove')} onClick=${() => removeUpload(key)}><${Icon} name="close" size=${16} /></button>
    </div>
  `;
}

/** @param {{ upload: Upload }} props */
function Words({ upload }) {
  const [head, tail] = splitName(upload.name);
  const failed = upload.state === 'failed';
  return html`
    <span class="tray-words">
      <span class="file-name"><span class="clamp">${head}</span><span>${tail}</span></span>
      ${failed ? html`<span class="tray-error" role="alert">${upload.error}</span>` : html`<span class="file-sub"><${ProgressWords} upload=${upload} /></span>`}
    </span>
  `;
}
