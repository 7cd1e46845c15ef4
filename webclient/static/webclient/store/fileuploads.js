// @ts-check
// Files on their way: first in the tray above the composer, then, once the person sends them, as messages that wait for their bytes.
import { batch, computed, signal } from '@preact/signals';

import { ApiError } from '../api/http.js';
import { files as api } from '../api/endpoints.js';
import { StorageError } from '../api/storage.js';
import { fileSize } from '../i18n/filesize.js';
import { t } from '../i18n/index.js';
import { sendFile } from './commands.js';
import { explainUpload, mayRetry } from './fileerrors.js';
import { forgetAllBegun, forgetBegun } from './fileresume.js';
import { forgetFiles, isPicture, rememberLocal } from './files.js';
import { transfer } from './filetransfer.js';
import { discard, retryCommand } from './outbox.js';
import { config, me, myId } from './session.js';
import { toast } from './toasts.js';
import { newId } from './uuid.js';

/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').FileObject} FileObject */
/** @typedef {{ text?: string, replyTo?: string | null, mentions?: string[] }} Words what a message says beside its file */
/**
 * One file. `key` becomes the client_msg_id of its message; `url` shows its bytes from memory; `gone` counts the bytes that
 * have arrived, `resumed` those of an earlier time; `message` is there once it was sent.
 * @typedef {{ key: string, conversationId: string, source: Blob, name: string, type: string, kind: 'image' | 'file' | 'voice', url: string | null,
 *   width?: number, height?: number, durationMs?: number, state: 'waiting' | 'sending' | 'checking' | 'ready' | 'failed',
 *   gone: import('@preact/signals').Signal<number>, resumed: number, fileId: string | null, file?: FileObject, error?: string, retriable?: boolean,
 *   cut?: boolean, message?: Words & { at: string } }} Upload
 */

const AT_ONCE = 3;
export const MOST_IN_TRAY = 20;

/** @type {import('@preact/signals').Signal<Upload[]>} */
export const uploads = signal([]);
/** @type {Map<string, AbortController>} */
const running = new Map();

/** The messages that wait for their bytes, by conversation. */
export const waitingMessages = computed(() => {
  /** @type {Map<string, Message[]>} */
  const groups = new Map();
  for (const upload of uploads.value) {
    if (upload.message) groups.set(upload.conversationId, [...(groups.get(upload.conversationId) ?? []), messageOf(upload)]);
  }
  return groups;
});

/** What stands in a conversation's tray. @param {string} conversationId */
export const trayOf = (conversationId) => uploads.value.filter((upload) => upload.conversationId === conversationId && !upload.message);

/** @param {string} key */
export const uploadOf = (key) => uploads.value.find((upload) => upload.key === key);

/** Put files into a conversation's tray; they go up at once. @param {string} conversationId @param {File[]} files */
export function addFiles(conversationId, files) {
  const room = MOST_IN_TRAY - trayOf(conversationId).length;
  if (files.length > room) toast(t('files.tooMany', { count: MOST_IN_TRAY }), { tone: 'danger' });
  for (const file of files.slice(0, Math.max(0, room))) {
    const type = file.type || 'application/octet-stream';
    add(conversationId, file, file.name || t('files.unnamed'), type, isPicture(type) ? 'image' : 'file');
  }
}

/** Send a recording. @param {string} conversationId @param {Blob} source @param {number} durationMs @param {Words} words */
export function addVoice(conversationId, source, durationMs, words) {
  const type = source.type.split(';')[0];
  const name = `voice-${new Date().toISOString().slice(0, 19).replace(/[T:]/g, '-')}.${type.split('/')[1]}`;
  const upload = add(conversationId, source, name, type, 'voice', durationMs);
  change(upload.key, { message: { ...words, at: new Date().toISOString() } });
}

/** @param {string} conversationId @param {Blob} source @param {string} name @param {string} type @param {Upload['kind']} kind @param {number} [durationMs] */
function add(conversationId, source, name, type, kind, durationMs) {
  const url = kind === 'file' ? null : URL.createObjectURL(source);
  /** @type {Upload} */
  const upload = { key: newId(), conversationId, source, name, type, kind, url, durationMs, state: 'waiting', gone: signal(0), resumed: 0, fileId: null };
  const refusal = refusalOf(source, type);
  uploads.value = [...uploads.value, refusal ? { ...upload, state: 'failed', error: refusal, retriable: false } : upload];
  if (kind === 'image' && url) void measure(upload.key, url);
  if (!refusal) pump();
  return upload;
}

/** What the server would refuse anyway need not be sent there. @param {Blob} source @param {string} type */
function refusalOf(source, type) {
  const { file_bytes: most, image_bytes: mostOfImage } = config.value.limits ?? {};
  const limit = isPicture(type) ? Math.min(mostOfImage ?? Infinity, most ?? Infinity) : most;
  if (!source.size) return t('files.empty');
  return limit && source.size > limit ? t('files.tooLarge', { size: fileSize(limit) }) : '';
}

/** Learn a picture's shape, so that its place is kept before the server knows it. @param {string} key @param {string} url */
async function measure(key, url) {
  const image = new Image();
  image.src = url;
  const readable = await image.decode().then(() => true, () => false);
  if (readable) change(key, { width: image.naturalWidth, height: image.naturalHeight });
}

/**
 * Send what is in the tray: each file becomes a message, the words stand with the last. What has failed stays in the tray.
 * @param {string} conversationId @param {Words} words
 */
export function sendTray(conversationId, { text, replyTo, mentions }) {
  const going = trayOf(conversationId).filter((upload) => upload.state !== 'failed');
  const last = going.at(-1)?.key;
  const first = going[0]?.key;
  const at = new Date().toISOString();
  batch(() => {
    for (const { key } of going) {
      change(key, { message: { at, ...(key === last && text ? { text, mentions } : {}), ...(key === first && replyTo ? { replyTo } : {}) } });
    }
    flush(conversationId);
  });
}

/** Take a file out, wherever it is on its way. @param {string} key */
export function removeUpload(key) {
  const upload = uploadOf(key);
  if (!upload) return;
  running.get(key)?.abort();
  uploads.value = uploads.value.filter((other) => other.key !== key);
  if (upload.url) URL.revokeObjectURL(upload.url);
  if (upload.fileId) giveUp(upload.fileId);
  flush(upload.conversationId);
  pump();
}

/** Let the server forget an upload: it counts against the quota no longer. @param {string} fileId */
function giveUp(fileId) {
  forgetBegun(fileId);
  void api.remove(fileId).catch(() => null);
}

/** @param {string} key */
export function retryUpload(key) {
  const upload = uploadOf(key);
  if (upload?.state !== 'failed' || !upload.retriable) return;
  change(key, { state: 'waiting', error: undefined, cut: false });
  pump();
}

/** Send a message that failed again, whether its bytes or the message itself did not get through. @param {string} clientMsgId */
export const retryMessage = (clientMsgId) => (uploadOf(clientMsgId) ? retryUpload : retryCommand)(clientMsgId);

/** @param {string} clientMsgId */
export const discardMessage = (clientMsgId) => (uploadOf(clientMsgId) ? removeUpload : discard)(clientMsgId);

/** Begin as many uploads as may run at once. */
function pump() {
  for (const upload of uploads.value) {
    if (running.size >= AT_ONCE) return;
    if (upload.state === 'waiting' && !running.has(upload.key)) void run(upload);
  }
}

/** @param {Upload} upload */
async function run({ key, source, name, type, durationMs, fileId, gone }) {
  const abort = new AbortController();
  running.set(key, abort);
  change(key, { state: 'sending' });
  try {
    const file = await transfer({ source, name, type, durationMs, fileId }, {
      signal: abort.signal,
      onBegun: (id, resumed) => {
        if (abort.signal.aborted) return giveUp(id);
        gone.value = resumed;
        change(key, { fileId: id, resumed });
      },
      onProgress: (bytes) => (gone.value = bytes),
      onSent: () => change(key, { state: 'checking' }),
    });
    arrive(key, file);
  } catch (error) {
    if (!abort.signal.aborted) fail(key, error);
  } finally {
    if (running.get(key) === abort) running.delete(key);
    pump();
  }
}

/** @param {string} key @param {FileObject} file */
function arrive(key, file) {
  const upload = uploadOf(key);
  if (!upload) return;
  if (upload.url) rememberLocal(file.id, upload.url, upload.source);
  batch(() => {
    change(key, { state: 'ready', file });
    flush(upload.conversationId);
  });
}

/** @param {string} key @param {unknown} error */
function fail(key, error) {
  const upload = uploadOf(key);
  if (!upload) return;
  const cut = (error instanceof StorageError && error.status === 0) || (error instanceof ApiError && error.status === 0);
  change(key, { state: 'failed', error: explainUpload(error), retriable: mayRetry(error), cut });
  flush(upload.conversationId);
}

/** Hand the messages whose bytes are there to the outbox, in the order in which they were sent. @param {string} conversationId */
function flush(conversationId) {
  for (const upload of uploads.peek()) {
    if (upload.conversationId !== conversationId || !upload.message || upload.state === 'failed') continue;
    if (upload.state !== 'ready' || !upload.file) return;
    const { text, replyTo, mentions } = upload.message;
    batch(() => {
      uploads.value = uploads.value.filter((other) => other.key !== upload.key);
      sendFile(conversationId, upload.kind, /** @type {FileObject} */ (upload.file), { id: upload.key, text, replyTo, mentions });
    });
  }
}

/** @param {string} key @param {Partial<Upload>} fields */
function change(key, fields) {
  uploads.value = uploads.value.map((upload) => (upload.key === key ? { ...upload, ...fields } : upload));
}

/** @param {Upload} upload @returns {Message} */
function messageOf({ key, conversationId, source, name, type, kind, width, height, durationMs, state, error, message }) {
  /** @type {FileObject} */
  const file = { id: '', filename: name, content_type: type, size: source.size, status: 'pending', ...(width ? { width, height } : {}), ...(durationMs ? { duration_ms: durationMs } : {}) };
  return {
    message_id: key, conversation_id: conversationId, seq: Number.MAX_SAFE_INTEGER, sender_id: myId.value, client_msg_id: key, kind,
    content: { file, ...(message?.text ? { text: message.text } : {}) }, reply_to: message?.replyTo ?? null, mentions: message?.mentions ?? [],
    created_at: message?.at ?? '', edited_at: null, recalled: false, reactions: {}, state: state === 'failed' ? 'failed' : 'sending', error,
  };
}

/** What the network cut goes on by itself when it is back. */
addEventListener('online', () => uploads.value.filter((upload) => upload.cut).forEach((upload) => retryUpload(upload.key)));

// A message that waits for its bytes does not outlive the page: whoever closes it is asked.
addEventListener('beforeunload', (event) => {
  if (uploads.value.some((upload) => upload.message && upload.state !== 'failed')) event.preventDefault();
});

let owner = '';
me.subscribe((user) => {
  if (owner && owner !== user?.id) {
    running.forEach((abort) => abort.abort());
    uploads.value = [];
    forgetFiles();
    forgetAllBegun();
  }
  owner = user?.id ?? '';
});
