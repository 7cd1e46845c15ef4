// @ts-check
// What an answer says on the word of a withdrawn source is not shown: the sentence goes, and a mark says so.

const PREFIX = /^\s*(?:[-*+]|\d{1,4}[.)]|>|#{1,4})\s+/;
const MARK = /\[(\d{1,2})\]/g;
const END = /[。！？!?]|\.(?=\s|$|\[)/;
const TRAILING = /^(?:\s*\[\d{1,2}\])+[。！？!?.]?/;

/** Stands for a sentence that was taken out: the numbers of its sources between two characters that no text has. */
export const REMOVED = /\uE000([\d,]+)\uE001/;

/**
 * @param {string} text of an answer, with [n] behind what the n-th source says
 * @param {(number: number) => boolean} isGone whether a source is withdrawn
 */
export function withoutWithdrawn(text, isGone) {
  const clean = text.replace(/[\uE000\uE001]/g, '');
  if (![...clean.matchAll(MARK)].some(([, number]) => isGone(Number(number)))) return clean;
  return clean.split('\n').map((line) => redactLine(line, isGone)).join('\n');
}

/** @param {string} line @param {(number: number) => boolean} isGone */
function redactLine(line, isGone) {
  const prefix = PREFIX.exec(line)?.[0] ?? '';
  return prefix + sentencesOf(line.slice(prefix.length)).map((sentence) => redact(sentence, isGone)).join('');
}

/** The sentences of a line, each with the space before it and the marks behind it. @param {string} line */
function sentencesOf(line) {
  const sentences = [];
  let rest = line;
  while (rest) {
    const end = END.exec(rest);
    let length = end ? end.index + end[0].length : rest.length;
    length += TRAILING.exec(rest.slice(length))?.[0].length ?? 0;
    sentences.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return sentences;
}

/** @param {string} sentence @param {(number: number) => boolean} isGone */
function redact(sentence, isGone) {
  const numbers = [...sentence.matchAll(MARK)].map(([, number]) => Number(number));
  const words = sentence.replace(MARK, '').replace(/[^\p{L}\p{N}]/gu, '');
  if (!numbers.length || !words || !numbers.every(isGone)) return sentence;
  return `${/^\s*/.exec(sentence)?.[0]}\uE000${[...new Set(numbers)].join(',')}\uE001`;
}
