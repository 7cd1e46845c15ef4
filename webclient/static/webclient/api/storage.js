// @ts-check
// Bytes to and from object storage, by signed addresses: no credentials, and progress while they go up.

const SILENCE_MS = 45_000;

/** The storage refused (its HTTP status), or nothing came: status 0; -1 where the caller gave it up. */
export class StorageError extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`storage ${status}`);
    this.status = status;
  }

  /** Whether the same request may succeed a little later. */
  get passes() {
    return this.status === 0 || this.status >= 500 || this.status === 429;
  }
}

/**
 * PUT bytes to a signed address. Given up after 45 s in which nothing moves.
 * @param {string} url @param {Blob} body @param {{ headers?: Record<string, string>, onProgress?: (bytes: number) => void, signal?: AbortSignal }} [options] `onProgress` hears how many bytes have gone
 * @returns {Promise<string | null>} the ETag, where the storage lets it be read
 * @throws {StorageError}
 */
export function putBytes(url, body, { headers = {}, onProgress, signal } = {}) {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    let timer = 0;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => call.abort(), SILENCE_MS);
    };
    const giveUp = () => call.abort();
    const fail = (/** @type {number} */ status) => reject(new StorageError(signal?.aborted ? -1 : status));
    call.open('PUT', url);
    Object.entries(headers).forEach(([name, value]) => call.setRequestHeader(name, value));
    call.upload.onprogress = (event) => {
      alive();
      onProgress?.(event.loaded);
    };
    call.onload = () => (call.status >= 200 && call.status < 300 ? resolve(call.getResponseHeader('ETag')) : fail(call.status));
    call.onerror = call.onabort = () => fail(0);
    call.onloadend = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    };
    if (signal?.aborted) return fail(-1);
    signal?.addEventListener('abort', giveUp);
    alive();
    call.send(body);
    return undefined;
  });
}

/** The bytes behind a signed address. @param {string} url @returns {Promise<Blob>} @throws {StorageError} */
export async function getBytes(url) {
  const response = await fetch(url, { credentials: 'omit', signal: AbortSignal.timeout(SILENCE_MS) }).catch(() => null);
  if (!response?.ok) throw new StorageError(response?.status ?? 0);
  return response.blob();
}
