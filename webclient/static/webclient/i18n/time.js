// @ts-check
// Dates and times as the chosen language writes them.
import { signal } from '@preact/signals';

import { language } from '../store/prefs.js';
import { t } from './index.js';

const DAY_MS = 86_400_000;

/** Changes at midnight, so that "today" does. */
export const today = signal(startOfDay(Date.now()));
/** The time, every half a minute, for what is said of the past. */
export const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
  today.value = startOfDay(now.value);
}, 30_000);

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {Intl.DateTimeFormatOptions} options */
function format(options) {
  const key = language.value + JSON.stringify(options);
  let made = formats.get(key);
  if (!made) formats.set(key, (made = new Intl.DateTimeFormat(language.value, options)));
  return made;
}

/** @param {number} time */
export function startOfDay(time) {
  return new Date(time).setHours(0, 0, 0, 0);
}

/** 14:32 @param {string} iso */
export function clockTime(iso) {
  return format({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(iso));
}

/** The short time of a list row: the clock today, then yesterday, the weekday, the date. @param {string} iso */
export function listTime(iso) {
  const date = new Date(iso);
  const days = Math.round((today.value - startOfDay(date.getTime())) / DAY_MS);
  if (days <= 0) return clockTime(iso);
  if (days === 1) return t('time.yesterday');
  if (days < 7) return format({ weekday: 'short' }).format(date);
  return format({ month: 'numeric', day: 'numeric', ...(days > 300 ? { year: 'numeric' } : {}) }).format(date);
}

/** When a message that was found was written: the clock today, then date and clock, the date alone in other years. @param {string} iso */
export function foundTime(iso) {
  const date = new Date(iso);
  if (startOfDay(date.getTime()) === today.value) return clockTime(iso);
  if (date.getFullYear() !== new Date(today.value).getFullYear()) return format({ year: 'numeric', month: 'short', day: 'numeric' }).format(date);
  return `${format({ month: 'short', day: 'numeric' }).format(date)} ${clockTime(iso)}`;
}

/** A day of the calendar in short. @param {string} day YYYY-MM-DD */
export function dayName(day) {
  const date = new Date(`${day}T00:00`);
  const other = date.getFullYear() !== new Date(today.value).getFullYear();
  return format({ month: 'short', day: 'numeric', ...(other ? { year: 'numeric' } : {}) }).format(date);
}

/** What a day separator says. @param {string} iso */
export function dayLabel(iso) {
  const date = new Date(iso);
  const days = Math.round((today.value - startOfDay(date.getTime())) / DAY_MS);
  const parts = /** @type {Intl.DateTimeFormatOptions} */ ({ month: 'long', day: 'numeric', weekday: 'long', ...(days > 300 ? { year: 'numeric' } : {}) });
  const written = format(parts).format(date).replace(/日(?=星期)/, '日 ');
  if (days === 0) return t('time.todayIs', { date: written });
  return days === 1 ? t('time.yesterdayIs', { date: written }) : written;
}

/** Date and time in full, for titles. @param {string} iso */
export function fullTime(iso) {
  return format({ dateStyle: 'long', timeStyle: 'short' }).format(new Date(iso));
}

/** How long ago a person was here. @param {string | undefined | null} iso */
export function lastSeen(iso) {
  if (!iso) return t('presence.offline');
  const minutes = Math.floor((Math.max(now.value, Date.now()) - Date.parse(iso)) / 60_000);
  if (minutes < 1) return t('presence.justNow');
  if (minutes < 60) return t('presence.minutesAgo', { count: minutes });
  return t('presence.lastSeen', { time: listTime(iso) });
}

/** A length of time in its largest unit that divides it. @param {number} seconds */
export function duration(seconds) {
  const [unit, size] = seconds % 3_600 === 0 ? ['hour', 3_600] : seconds % 60 === 0 ? ['minute', 60] : ['second', 1];
  return new Intl.NumberFormat(language.value, { style: 'unit', unit: /** @type {string} */ (unit), unitDisplay: 'short' }).format(seconds / Number(size));
}
