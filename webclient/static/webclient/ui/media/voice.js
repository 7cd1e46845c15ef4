// @ts-check
// A voice message: play and pause, its waveform to listen on from any place, and the time.
import { useEffect, useRef, useState } from 'preact/hooks';

import { localBytes } from '../../store/files.js';
import { removeUpload } from '../../store/fileuploads.js';
import { attempt, toast } from '../../store/toasts.js';
import { t } from '../../i18n/index.js';
import { ProgressRing } from '../files/progress.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { useNear } from './picture.js';
import { BARS, loadSound, playing, seek, stopSound, toggle } from './sound.js';

/** @typedef {import('./sound.js').Sound} Sound */

const STEP_S = 5;
const LOADED_AHEAD_BYTES = 2 * 1024 * 1024;

/** 1:05 @param {number} seconds */
export const minutes = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

/** @param {{ message: import('../../store/types.js').Message, upload?: import('../../store/fileuploads.js').Upload }} props */
export function Voice({ message, upload }) {
  const { file } = message.content;
  const key = message.client_msg_id || message.message_id;
  const own = upload?.source ?? localBytes(file.id);
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  const near = useNear(ref);
  const [sound, setSound] = useState(/** @type {Sound | null} */ (null));
  useEffect(() => {
    if (!near || (!own && (!file.id || file.size > LOADED_AHEAD_BYTES))) return;
    void loadSound(file, own).then(setSound, () => null);
  }, [near, own, file.id]);
  useEffect(() => () => void (playing.peek()?.key === key && stopSound()), [key]);

  const now = playing.value?.key === key ? playing.value : null;
  const seconds = (file.duration_ms ?? 0) / 1_000 || sound?.seconds || 0;
  const busy = upload && upload.state !== 'failed';
  const load = async () => {
    const loaded = await loadSound(file, own);
    setSound(loaded);
    return loaded;
  };
  const press = () => toggle(key, load).catch(() => {
    stopSound();
    toast(t('voice.notPlayed'), { tone: 'danger' });
  });
  const jump = async (/** @type {number} */ to) => {
    if (!now) await attempt(() => toggle(key, load));
    seek(key, Math.max(0, Math.min(seconds - 0.05, to)));
  };
  return html`
    <div ref=${ref} class="voice">
      ${busy
        ? html`<button class="voice-play voice-busy" aria-label=${t('files.cancelOne', { name: t('kind.voice') })} onClick=${() => removeUpload(upload.key)}><${ProgressRing} upload=${upload} /><${Icon} name="close" size=${18} /></button>`
        : html`<button class="voice-play" aria-label=${t(now?.state === 'playing' ? 'voice.pause' : 'voice.play')} aria-busy=${now?.state === 'loading'} onClick=${press}><${Icon} name=${now?.state === 'playing' ? 'pause' : 'play'} size=${20} /></button>`}
      <${Waveform} peaks=${sound?.peaks} at=${now?.at ?? 0} seconds=${seconds} onSeek=${jump} />
      <span class="voice-time">${minutes(now && now.at > 0 ? now.at : seconds)}</span>
    </div>
  `;
}

/** @param {{ peaks?: number[], at: number, seconds: number, onSeek: (seconds: number) => void }} props */
function Waveform({ peaks, at, seconds, onSeek }) {
  const share = seconds ? at / seconds : 0;
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    const to = { ArrowLeft: at - STEP_S, ArrowRight: at + STEP_S, Home: 0, End: seconds }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    onSeek(to);
  };
  /** @param {MouseEvent} event */
  const onClick = (event) => {
    const rect = /** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect();
    onSeek(((event.clientX - rect.left) / rect.width) * seconds);
  };
  return html`
    <div class="waveform" role="slider" tabindex="0" aria-label=${t('voice.position')} aria-valuemin="0" aria-valuemax=${Math.round(seconds)} aria-valuenow=${Math.round(at)} aria-valuetext=${minutes(at)}
      onClick=${onClick} onKeyDown=${onKeyDown}>
      ${Array.from({ length: BARS }, (_, bar) => html`<i key=${bar} data-played=${(bar + 0.5) / BARS <= share} style=${{ height: `${Math.round((peaks?.[bar] ?? 0.12) * 100)}%` }}></i>`)}
    </div>
  `;
}
