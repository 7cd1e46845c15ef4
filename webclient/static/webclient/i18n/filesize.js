// @ts-check
// Sizes of files as people read them.
import { language } from '../store/prefs.js';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];

/** @param {number} bytes */
export function fileSize(bytes) {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const format = new Intl.NumberFormat(language.value, { style: 'unit', unit: UNITS[step], unitDisplay: 'short', maximumFractionDigits: step > 1 ? 1 : 0 });
  return format.format(bytes / 1024 ** step);
}
