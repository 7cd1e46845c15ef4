// @ts-check
// Choosing the picture of a person or a group: uploaded at once, and made round or square by the server.
import { useEffect, useRef, useState } from 'preact/hooks';

import { explainUpload } from '../../store/fileerrors.js';
import { isPicture } from '../../store/files.js';
import { transfer } from '../../store/filetransfer.js';
import { toast } from '../../store/toasts.js';
import { t } from '../../i18n/index.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';

/** @param {{ has: boolean, choose: (fileId: string | null) => Promise<void> }} props `choose` takes a file that is ready, or null for none */
export function AvatarPicker({ has, choose }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const abort = useRef(/** @type {AbortController | null} */ (null));
  const [busy, setBusy] = useState(false);
  useEffect(() => () => abort.current?.abort(), []);
  /** @param {() => Promise<void>} work @param {string} done */
  const act = async (work, done) => {
    setBusy(true);
    try {
      await work();
      toast(done);
    } catch (error) {
      if (!abort.current?.signal.aborted) toast(explainUpload(error), { tone: 'danger' });
    } finally {
      setBusy(false);
    }
  };
  /** @param {any} event */
  const onChange = (event) => {
    const [source] = event.currentTarget.files;
    event.currentTarget.value = '';
    if (!source) return undefined;
    if (!isPicture(source.type)) return toast(t('avatar.notPicture'), { tone: 'danger' });
    const stop = (abort.current = new AbortController());
    return act(async () => {
      const file = await transfer({ source, name: source.name, type: source.type }, { signal: stop.signal });
      await choose(file.id);
    }, t('avatar.saved'));
  };
  return html`
    <span class="avatar-picker">
      <button type="button" class="button" disabled=${busy} aria-busy=${busy} onClick=${() => input.current?.click()}><${Icon} name="camera" size=${18} />${t('avatar.choose')}</button>
      ${has && html`<button type="button" class="link link-quiet" disabled=${busy} onClick=${() => act(() => choose(null), t('avatar.removed'))}>${t('avatar.remove')}</button>`}
      <input ref=${input} class="visually-hidden avatar-file" type="file" accept="image/png,image/jpeg,image/gif,image/webp" tabindex="-1" aria-hidden="true" aria-label=${t('avatar.choose')} onChange=${onChange} />
    </span>
  `;
}
