// @ts-check
// The sound of voice messages: fetched once, drawn as a waveform, played one at a time.
import { signal } from '@preact/signals';

import { getBytes } from '../../api/storage.js';
import { freshAddress } from '../../store/files.js';

/** @typedef {import('../../store/types.js').FileObject} FileObject */
/** @typedef {{ url: string, peaks: number[], seconds: number }} Sound `peaks` are from 0 to 1 */
/** @typedef {{ key: string, state: 'loading' | 'playing' | 'paused', at: number }} Playing `at` in seconds */

export const BARS = 40;
const MOST_KEPT = 40;
const FLAT = Array.from({ length: BARS }, () => 0.12);

export const playing = signal(/** @type {Playing | null} */ (null));

const audio = new Audio();
/** @type {WeakMap<Blob, Promise<Sound>>} what was recorded here */
const recorded = new WeakMap();
/** @type {Map<string, Promise<Sound>>} what was fetched, by file id */
const fetched = new Map();

/** @param {FileObject} file @param {Blob | null} own its bytes, where this page has them @returns {Promise<Sound>} */
export function loadSound(file, own) {
  const known = own ? recorded.get(own) : fetched.get(file.id);
  if (known) return known;
  const made = readSound(file, own);
  if (own) recorded.set(own, made);
  else keep(file.id, made);
  return made;
}

/** @param {string} fileId @param {Promise<Sound>} made */
function keep(fileId, made) {
  fetched.set(fileId, made);
  made.catch(() => fetched.delete(fileId));
  if (fetched.size > MOST_KEPT) fetched.delete(/** @type {string} */ (fetched.keys().next().value));
}

/** @param {FileObject} file @param {Blob | null} own @returns {Promise<Sound>} */
async function readSound(file, own) {
  const bytes = own ?? (await getBytes(await freshAddress(file.id, 'original')));
  const url = URL.createObjectURL(new Blob([bytes], { type: file.content_type }));
  const decoded = await new OfflineAudioContext(1, 1, 44_100).decodeAudioData(await bytes.arrayBuffer()).catch(() => null);
  return { url, peaks: decoded ? peaksOf(decoded.getChannelData(0)) : FLAT, seconds: decoded?.duration ?? (file.duration_ms ?? 0) / 1_000 };
}

/** The loudness of equal pieces, the loudest being 1. @param {Float32Array} samples */
function peaksOf(samples) {
  const size = Math.max(1, Math.floor(samples.length / BARS));
  const step = Math.max(1, Math.floor(size / 400));
  const levels = Array.from({ length: BARS }, (_, bar) => {
    let sum = 0;
    let count = 0;
    for (let index = bar * size; index < (bar + 1) * size && index < samples.length; index += step, count += 1) sum += samples[index] ** 2;
    return Math.sqrt(sum / Math.max(1, count));
  });
  const most = Math.max(...levels, 0.001);
  return levels.map((level) => Math.max(0.08, level / most));
}

/** Play from where it stood, or pause. Whatever else plays stops. @param {string} key @param {() => Promise<Sound>} load */
export async function toggle(key, load) {
  const now = playing.peek();
  if (now?.key === key && now.state === 'playing') return audio.pause();
  if (now?.key === key && now.state === 'paused') return void (await audio.play());
  audio.pause();
  playing.value = { key, state: 'loading', at: 0 };
  const sound = await load();
  if (playing.peek()?.key !== key) return undefined;
  audio.src = sound.url;
  return void (await audio.play());
}

/** Go to a moment of what is playing. @param {string} key @param {number} seconds */
export function seek(key, seconds) {
  const now = playing.peek();
  if (now?.key !== key || now.state === 'loading') return;
  audio.currentTime = seconds;
  playing.value = { ...now, at: seconds };
}

export function stopSound() {
  audio.pause();
  playing.value = null;
}

function follow() {
  const now = playing.peek();
  if (now?.state !== 'playing') return;
  playing.value = { ...now, at: audio.currentTime };
  requestAnimationFrame(follow);
}

/** @param {Playing['state']} state */
const become = (state) => () => {
  const now = playing.peek();
  if (now) playing.value = { ...now, state, at: audio.currentTime };
  if (state === 'playing') requestAnimationFrame(follow);
};

audio.addEventListener('play', become('playing'));
audio.addEventListener('pause', become('paused'));
audio.addEventListener('ended', () => (playing.value = null));
