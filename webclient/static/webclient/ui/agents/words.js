// @ts-check
// The words of an answer as its reader may see them now, wherever they are shown.
import { isWithdrawn } from '../../store/citations.js';
import { REMOVED, withoutWithdrawn } from './redact.js';

/** @typedef {import('../../store/types.js').Citation} Citation */

const EACH_REMOVED = new RegExp(REMOVED.source, 'g');

/** With a mark for each sentence that went with its sources. @param {string} text @param {Citation[] | undefined} citations */
export const citedText = (text, citations) => withoutWithdrawn(text, (number) => !!citations?.[number - 1] && isWithdrawn(citations[number - 1]));

/** What a message says, for where no marks are drawn. @param {import('../../store/types.js').Message} message */
export function wordsOf({ content, citations }) {
  const text = content.text ?? '';
  return citations?.length ? citedText(text, citations).replace(EACH_REMOVED, '…') : text;
}
