// @ts-check
// A piece of a message in a list of results: its marks of Markdown left out, the words that were found marked.
import { html } from '../html.js';

/** @typedef {import('../../store/types.js').Fragment} Fragment */
/** @typedef {{ text: string, found: boolean }} Piece */

const PAIRS = /(\*\*|~~|`{1,3})(?=\S)([\s\S]+?)\1/g;
const LINE_MARKS = /^(?:>|#{1,4}|[-*+]) +|^```[\w+#.-]*$/gm;

/** Runs of text, found or not, in one line; what is found word by word is one run. @param {Fragment} fragment @returns {Piece[]} */
export function piecesOf({ text, ranges }) {
  const hidden = hiddenIn(text);
  const found = new Uint8Array(text.length);
  ranges.forEach(([start, end], index) => {
    const next = ranges[index + 1]?.[0];
    found.fill(1, start, next !== undefined && /^\s+$/.test(text.slice(end, next)) ? next : end);
  });
  /** @type {Piece[]} */
  const pieces = [];
  for (let at = 0; at < text.length; at += 1) {
    if (hidden[at]) continue;
    const last = pieces.at(-1);
    const unit = /\s/.test(text[at]) ? ' ' : text[at];
    if (unit === ' ' && (!last || last.text.endsWith(' '))) continue;
    if (last && last.found === !!found[at]) last.text += unit;
    else pieces.push({ text: unit, found: !!found[at] });
  }
  return pieces;
}

/** Which units are marks of Markdown. @param {string} text */
function hiddenIn(text) {
  const hidden = new Uint8Array(text.length);
  for (const { index, 0: whole, 1: mark } of text.matchAll(PAIRS)) {
    hidden.fill(1, index, index + mark.length);
    hidden.fill(1, index + whole.length - mark.length, index + whole.length);
  }
  for (const { index, 0: whole } of text.matchAll(LINE_MARKS)) hidden.fill(1, index, index + whole.length);
  return hidden;
}

/** The words found, each once. @param {Fragment[]} fragments */
export function wordsOf(fragments) {
  const words = fragments.flatMap(({ text, ranges }) => ranges.map(([start, end]) => text.slice(start, end).toLowerCase()));
  return [...new Set(words)].filter(Boolean);
}

/** @param {{ fragments: Fragment[] }} props */
export function Snippet({ fragments }) {
  return html`<span class="snippet" dir="auto">${fragments.map((fragment, index) => html`
    ${index > 0 && ' … '}${piecesOf(fragment).map((piece) => (piece.found ? html`<mark>${piece.text}</mark>` : piece.text))}`)}</span>`;
}
