// @ts-check
// Why an upload did not work, in words.
import { ApiError } from '../api/http.js';
import { StorageError } from '../api/storage.js';
import { fileSize } from '../i18n/filesize.js';
import { hasText, t } from '../i18n/index.js';
import { explain } from './toasts.js';

/** @param {unknown} error */
export function explainUpload(error) {
  if (error instanceof StorageError) return t(error.status === 0 ? 'files.interrupted' : 'files.storageRefused');
  if (!(error instanceof ApiError)) return t('error.unknown');
  const { code, details } = error;
  if (code === 'FORBIDDEN' && details.quota_bytes) return t('files.quota', { used: fileSize(details.used_bytes ?? 0), quota: fileSize(details.quota_bytes) });
  if (code === 'MESSAGE_TOO_LARGE') return details.max_bytes ? t('files.tooLarge', { size: fileSize(details.max_bytes) }) : t('files.tooLargeAny');
  if (code === 'CONTENT_REJECTED') {
    const key = `files.rejected-${details.reason}`;
    return t(hasText(key) ? key : 'files.rejected');
  }
  return code === 'UNAVAILABLE' || code === 'ABORTED' ? t('files.interrupted') : explain(error);
}

/** Whether trying once more may help: what the server has judged stays as it is. @param {unknown} error */
export function mayRetry(error) {
  return !(error instanceof ApiError) || !['CONTENT_REJECTED', 'MESSAGE_TOO_LARGE', 'INVALID_REQUEST'].includes(error.code);
}
