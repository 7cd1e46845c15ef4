// @ts-check
// What a message carries: a picture, a voice or any other file. One that was erased says so.
import { uploadOf } from '../../store/fileuploads.js';
import { t } from '../../i18n/index.js';
import { FileCard } from '../files/card.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { Picture } from './picture.js';
import { Voice } from './voice.js';

/** @typedef {import('../../store/types.js').Message} Message */

/** @param {{ message: Message }} props */
export function Attachment({ message }) {
  const { file } = message.content;
  const upload = message.state ? uploadOf(message.client_msg_id) : undefined;
  if (file.status === 'rejected') return html`<p class="file-erased"><${Icon} name="file" size=${18} />${t('files.erased')}</p>`;
  if (message.kind === 'image') return html`<${Picture} message=${message} />`;
  if (message.kind === 'voice') return html`<${Voice} message=${message} upload=${upload} />`;
  return html`<${FileCard} file=${file} upload=${upload} />`;
}
