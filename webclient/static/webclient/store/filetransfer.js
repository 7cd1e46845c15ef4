// @ts-check
// One file's way to the storage: announced, sent whole or in parts, completed. What was begun is gone on with.
import { files as api } from '../api/endpoints.js';
import { ApiError } from '../api/http.js';
import { putBytes, StorageError } from '../api/storage.js';
import { findBegun, forgetBegun, printOf, rememberBegun } from './fileresume.js';
import { config, myId } from './session.js';

/** @typedef {import('./types.js').FileObject} FileObject */
/** @typedef {{ source: Blob, name: string, type: string, durationMs?: number, fileId?: string | null }} Parcel `fileId` names an upload of it that was begun */
/** @typedef {{ signal: AbortSignal, onBegun?: (fileId: string, resumedBytes: number) => void, onProgress?: (bytes: number) => void, onSent?: () => void }} Hooks */
/** @typedef {{ number: number, url: string, size: number }} Part */
/** @typedef {{ id: string, upload: { url?: string, headers: Record<string, string>, parts?: Part[] } | null, arrived: Array<{ number: number, size: number, etag: string }> }} Begun `upload` is null where all has arrived */

const WAITS_MS = [800, 2_000, 4_000, 8_000];
const PARTS_AT_ONCE = 2;
const PARTS_ABOVE = 16 * 1024 * 1024;

/**
 * Bring a file to the storage. Passing failures are repeated; what has arrived is not sent again.
 * @param {Parcel} parcel @param {Hooks} hooks
 * @returns {Promise<FileObject>} the ready file
 * @throws {ApiError | StorageError}
 */
export async function transfer(parcel, hooks) {
  const print = printOf(myId.value, parcel.source, parcel.name);
  const inParts = parcel.source.size > (config.value.limits?.file_parts_above_bytes ?? PARTS_ABOVE);
  const begun = (await resume(parcel.fileId ?? (inParts ? findBegun(print) : null))) ?? (await announce(parcel));
  if (inParts) rememberBegun(print, begun.id);
  hooks.onBegun?.(begun.id, begun.arrived.reduce((sum, part) => sum + part.size, 0));
  const { upload } = begun;
  if (upload?.parts) await sendParts(parcel.source, begun, hooks);
  else if (upload?.url) await sendWhole(parcel.source, begun, hooks);
  hooks.onSent?.();
  try {
    const { file } = await patiently(() => api.complete(begun.id, {}), hooks.signal);
    forgetBegun(begun.id);
    return file;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'CONTENT_REJECTED') forgetBegun(begun.id);
    throw error;
  }
}

/** @param {Parcel} parcel @returns {Promise<Begun>} */
async function announce({ source, name, type, durationMs }) {
  const { file, upload } = await api.create({ filename: name, content_type: type, size: source.size, ...(durationMs ? { duration_ms: durationMs } : {}) });
  return { id: file.id, upload, arrived: [] };
}

/** An upload that was begun before, or null where it is gone. @param {string | null} id @returns {Promise<Begun | null>} */
async function resume(id) {
  if (!id) return null;
  try {
    return { id, ...(await api.parts(id)) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 409) return { id, upload: null, arrived: [] };
    if (error.status !== 404) throw error;
    forgetBegun(id);
    return null;
  }
}

/** @param {Blob} source @param {Begun} begun @param {Hooks} hooks */
async function sendWhole(source, begun, { signal, onProgress }) {
  let upload = begun.upload;
  await patiently(async (again) => {
    if (again) upload = (await api.parts(begun.id)).upload;
    await putBytes(upload?.url ?? '', source, { headers: upload?.headers, signal, onProgress });
  }, signal);
}

/** Send the parts that are missing, a few at a time. @param {Blob} source @param {Begun} begun @param {Hooks} hooks */
async function sendParts(source, begun, hooks) {
  const waiting = [...(begun.upload?.parts ?? [])];
  const starts = startsOf(begun);
  /** Bytes that have gone, by part. @type {Map<number, number>} */
  const gone = new Map(begun.arrived.map((part) => [part.number, part.size]));
  const stop = new AbortController();
  const signal = AbortSignal.any([hooks.signal, stop.signal]);
  const told = (/** @type {number} */ number, /** @type {number} */ bytes) => {
    gone.set(number, bytes);
    hooks.onProgress?.([...gone.values()].reduce((sum, value) => sum + value, 0));
  };
  const work = async () => {
    for (let part = waiting.shift(); part; part = waiting.shift()) {
      const start = starts.get(part.number) ?? 0;
      await sendPart(begun.id, part, source.slice(start, start + part.size), signal, told);
    }
  };
  try {
    await Promise.all(Array.from({ length: PARTS_AT_ONCE }, work));
  } catch (error) {
    stop.abort();
    throw error;
  }
}

/** @param {string} id @param {Part} part @param {Blob} bytes @param {AbortSignal} signal @param {(number: number, bytes: number) => void} told */
async function sendPart(id, part, bytes, signal, told) {
  let url = part.url;
  await patiently(async (again) => {
    if (again) {
      const fresh = (await api.parts(id)).upload.parts.find((/** @type {Part} */ row) => row.number === part.number);
      if (!fresh) return;
      url = fresh.url;
    }
    await putBytes(url, bytes, { signal, onProgress: (count) => told(part.number, count) });
  }, signal);
  told(part.number, part.size);
}

/** Where each part begins, in bytes, by number. @param {Begun} begun */
function startsOf({ arrived, upload }) {
  /** @type {Map<number, number>} */
  const starts = new Map();
  let at = 0;
  for (const part of [...arrived, ...(upload?.parts ?? [])].sort((a, b) => a.number - b.number)) {
    starts.set(part.number, at);
    at += part.size;
  }
  return starts;
}

/**
 * Do something that may fail for a moment, up to five times. An address that has ended (403) is worth another try too.
 * @template T @param {(again: boolean) => Promise<T>} work @param {AbortSignal} signal @returns {Promise<T>}
 */
async function patiently(work, signal) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await work(tries > 0);
    } catch (error) {
      const passes = error instanceof StorageError ? error.passes || error.status === 403 : error instanceof ApiError && ['UNAVAILABLE', 'RATE_LIMITED'].includes(error.code);
      if (!passes || signal.aborted || tries >= WAITS_MS.length) throw error;
      await new Promise((resolve) => setTimeout(resolve, WAITS_MS[tries]));
      if (signal.aborted) throw new StorageError(-1);
    }
  }
}
