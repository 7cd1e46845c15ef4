// @ts-check
// How far an upload is: as a bar, a ring, and in words. They alone draw again when bytes have gone.
import { fileSize } from '../../i18n/filesize.js';
import { t } from '../../i18n/index.js';
import { html } from '../html.js';

/** @typedef {import('../../store/fileuploads.js').Upload} Upload */

const RADIUS = 18;
const ROUND = 2 * Math.PI * RADIUS;

/** @param {Upload} upload */
const shareOf = ({ gone, source, state }) => (state === 'checking' || state === 'ready' ? 1 : Math.min(1, gone.value / Math.max(1, source.size)));

/** @param {Upload} upload */
function ariaOf(upload) {
  return { role: 'progressbar', 'aria-label': t('files.progress', { name: upload.name }), 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-valuenow': Math.floor(shareOf(upload) * 100) };
}

/** @param {{ upload: Upload }} props */
export function ProgressBar({ upload }) {
  return html`<span class="progress" ...${ariaOf(upload)}><span class="progress-done" style=${{ transform: `scaleX(${shareOf(upload)})` }}></span></span>`;
}

/** @param {{ upload: Upload }} props */
export function ProgressRing({ upload }) {
  return html`
    <svg class="progress-ring" viewBox="0 0 44 44" width="44" height="44" ...${ariaOf(upload)}>
      <circle class="ring-rest" cx="22" cy="22" r=${RADIUS} /><circle class="ring-done" cx="22" cy="22" r=${RADIUS} stroke-dasharray=${ROUND} stroke-dashoffset=${ROUND * (1 - shareOf(upload))} />
    </svg>`;
}

/** @param {{ upload: Upload }} props */
export function ProgressWords({ upload }) {
  const { state, source, gone, resumed } = upload;
  if (state === 'waiting') return html`${t('files.waiting')}`;
  if (state === 'checking') return html`${t('files.checking')}`;
  if (state === 'ready') return html`${fileSize(source.size)}`;
  const words = { gone: fileSize(gone.value), size: fileSize(source.size) };
  return html`${t(resumed ? 'files.resumedOf' : 'files.goneOf', words)}`;
}
