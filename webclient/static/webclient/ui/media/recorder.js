// @ts-check
// Recording a voice message in place of the composer's line: what the microphone hears, the time, throw away or send.
import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';

import { addVoice } from '../../store/fileuploads.js';
import { toast } from '../../store/toasts.js';
import { t } from '../../i18n/index.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { stopSound } from './sound.js';
import { minutes } from './voice.js';

const TYPES = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];
const LONGEST_MS = 5 * 60_000;
const SHORTEST_MS = 600;
const LEVEL_EVERY_MS = 90;
const LEVELS_SHOWN = 48;
const BITS_A_SECOND = 32_000;

/** @typedef {{ recorder: MediaRecorder, stream: MediaStream, context: AudioContext, started: number, levels: import('@preact/signals').Signal<number[]> }} Take */

/** Whether this browser can record a sound that the server knows. */
const usableType = () => (globalThis.MediaRecorder ? TYPES.find((type) => MediaRecorder.isTypeSupported(type)) : undefined);

/**
 * The recording of a conversation's composer.
 * @param {string} id @param {() => import('../../store/fileuploads.js').Words} words what goes with the message, asked when it is sent
 */
export function useRecorder(id, words) {
  const [take, setTake] = useState(/** @type {Take | null} */ (null));
  const asking = useRef(false);
  const live = useRef(/** @type {Take | null} */ (null));
  useEffect(() => () => end(live.current), []);

  const start = async () => {
    if (asking.current || live.current) return;
    asking.current = true;
    try {
      stopSound();
      live.current = await listen();
      setTake(live.current);
    } catch (error) {
      toast(reasonOf(error), { tone: 'danger' });
    } finally {
      asking.current = false;
    }
  };
  const cancel = () => {
    end(live.current);
    live.current = null;
    setTake(null);
  };
  const send = async () => {
    const done = live.current;
    if (!done) return;
    const length = Math.round(performance.now() - done.started);
    live.current = null;
    const sound = await finish(done);
    setTake(null);
    if (length < SHORTEST_MS || !sound.size) toast(t('voice.tooShort'));
    else addVoice(id, sound, length, words());
  };
  return { take, start, cancel, send };
}

/** Open the microphone and record. @returns {Promise<Take>} @throws {DOMException | Error} */
async function listen() {
  const type = usableType();
  if (!navigator.mediaDevices || !type) throw new DOMException('', 'NotSupportedError');
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
  const recorder = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: BITS_A_SECOND });
  const context = new AudioContext();
  /** @type {Take} */
  const take = { recorder, stream, context, started: performance.now(), levels: signal([]) };
  recorder.start();
  return take;
}

/** @param {Take} take @returns {Promise<Blob>} all that was recorded */
function finish(take) {
  return new Promise((resolve) => {
    /** @type {Blob[]} */
    const pieces = [];
    take.recorder.ondataavailable = (event) => pieces.push(event.data);
    take.recorder.onstop = () => resolve(new Blob(pieces, { type: take.recorder.mimeType }));
    take.recorder.stop();
    end(take);
  });
}

/** Let the microphone go. @param {Take | null} take */
function end(take) {
  if (!take) return;
  if (take.recorder.state !== 'inactive') take.recorder.stop();
  take.stream.getTracks().forEach((track) => track.stop());
  if (take.context.state !== 'closed') void take.context.close();
}

/** @param {unknown} error */
function reasonOf(error) {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return t('voice.denied');
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return t('voice.noMicrophone');
  if (name === 'NotReadableError' || name === 'AbortError') return t('voice.busy');
  return t('voice.unsupported');
}

/** @param {{ take: Take, onCancel: () => void, onSend: () => void }} props */
export function RecordBar({ take, onCancel, onSend }) {
  const [elapsed, setElapsed] = useState(0);
  useEffect(() => follow(take, (ms) => {
    setElapsed(ms);
    if (ms >= LONGEST_MS) onSend();
  }), [take]);
  const levels = take.levels.value;
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    onCancel();
  };
  return html`
    <div class="composer-row record-bar" role="group" aria-label=${t('voice.recording')} onKeyDown=${onKeyDown}>
      <button class="icon-button" aria-label=${t('voice.discard')} title=${t('voice.discard')} onClick=${onCancel}><${Icon} name="trash" size=${22} /></button>
      <span class="record-dot" aria-hidden="true"></span>
      <span class="record-time" role="timer" aria-label=${t('voice.recording')}>${minutes(elapsed / 1_000)}</span>
      <span class="record-levels" aria-hidden="true">${levels.map((level, index) => html`<i key=${index} style=${{ height: `${Math.round(10 + level * 90)}%` }}></i>`)}</span>
      <button class="send" autofocus aria-label=${t('voice.send')} title=${t('voice.send')} ref=${(/** @type {HTMLElement | null} */ button) => elapsed === 0 && button?.focus()} onClick=${onSend}><${Icon} name="arrowUp" size=${20} /></button>
    </div>
  `;
}

/** Tell the time and the loudness while a take goes on. @param {Take} take @param {(ms: number) => void} tell @returns {() => void} what ends it */
function follow(take, tell) {
  const analyser = take.context.createAnalyser();
  analyser.fftSize = 1_024;
  take.context.createMediaStreamSource(take.stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const loud = Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
    take.levels.value = [...take.levels.value, Math.min(1, loud * 5)].slice(-LEVELS_SHOWN);
    tell(performance.now() - take.started);
  }, LEVEL_EVERY_MS);
  return () => clearInterval(timer);
}
