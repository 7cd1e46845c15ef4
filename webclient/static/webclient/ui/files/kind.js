// @ts-check
// What a file is, in a word and a mark.
import { t } from '../../i18n/index.js';

/** @type {Array<[RegExp, string]>} */
const MARKS = [[/^image\//, 'image'], [/^audio\//, 'music'], [/^video\//, 'film'], [/zip|compressed|tar|rar|7z/, 'archive'], [/^text\/|pdf|document|sheet|presentation/, 'fileText']];

/** @param {string} type */
export const markOf = (type) => MARKS.find(([pattern]) => pattern.test(type))?.[1] ?? 'file';

/** The type as people name it: the ending of the name, or the kind of thing. @param {string} name */
export function typeName(name) {
  const ending = /\.([\p{L}\p{N}]{1,8})$/u.exec(name)?.[1];
  return ending ? ending.toUpperCase() : t('files.file');
}

/** A name in two pieces, so that the ending stays when the rest is cut. @param {string} name @returns {[string, string]} */
export function splitName(name) {
  const tail = Math.min(10, Math.floor(name.length / 2));
  return name.length > 24 ? [name.slice(0, -tail), name.slice(-tail)] : [name, ''];
}
