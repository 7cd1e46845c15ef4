// @ts-check
// Words of the interface. A component that calls `t` while it renders follows a switch of the language at once.
import { language } from '../store/prefs.js';
import { en } from './en.js';
import { zh } from './zh-CN.js';

const DICTIONARIES = { en, 'zh-CN': zh };

/**
 * The sentence for a key. `{name}` is replaced by the parameter of that name; a sentence given as [one, other] is chosen by `count`.
 * @param {string} key @param {Record<string, string | number>} [params]
 */
export function t(key, params = {}) {
  const dictionary = /** @type {Record<string, string | string[]>} */ (DICTIONARIES[language.value]);
  const entry = dictionary[key] ?? /** @type {Record<string, string | string[]>} */ (en)[key] ?? key;
  const sentence = Array.isArray(entry) ? entry[params.count === 1 ? 0 : 1] : entry;
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in params ? String(params[name]) : whole));
}

/** @param {string} key */
export const hasText = (key) => key in en;
