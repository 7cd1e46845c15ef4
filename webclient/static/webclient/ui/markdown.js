// @ts-check
// The part of Markdown that people write in chat, parsed straight into virtual nodes: nothing a person writes is ever HTML.
// Blocks: fenced code, quotes, bullet and numbered lists, headings. Inline: code, bold, italic, strike, links, mentions.
import { REMOVED } from './agents/redact.js';
import { html } from './html.js';
import { CodeBlock } from './codeblock.js';

/**
 * `names` of mentioned people by id. What AI has written has the rest: `openLink` in place of links that open at a click, `cite` draws [n]
 * (null: there is no such source), `removed` what stands for a sentence that was taken out with its sources.
 * @typedef {{ names?: Map<string, string>, me?: string, onMention?: (userId: string) => void,
 *   openLink?: (target: string) => void, cite?: (number: number) => any, removed?: (numbers: number[]) => any }} Context
 */

const FENCE = /^```([\w+#.-]*)\s*$/;
const INLINE = /(`+)([^`](?:.*?[^`])?)\1(?!`)|\*\*(?=\S)(.+?)(?<=\S)\*\*|(?<![\w*])\*(?=[^\s*])([^*]+?)(?<=\S)\*(?![\w*])|(?<!\w)_(?=\S)([^_]+?)(?<=\S)_(?!\w)|~~(?=\S)(.+?)(?<=\S)~~|\[([^\]\n]+)\]\((https?:\/\/[^\s)]+)\)|(https?:\/\/[^\s<>"'，。；！？、（）【】《》“”]+)/g;

/** @param {string} text @param {Context} [context] @returns {any[]} virtual nodes */
export function renderMarkdown(text, context = {}) {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  /** @type {any[]} */
  const blocks = [];
  let index = 0;
  while (index < lines.length) {
    const [block, next] = readBlock(lines, index, context);
    if (block) blocks.push(block);
    index = next;
  }
  return blocks;
}

/** @param {string[]} lines @param {number} start @param {Context} context @returns {[any, number]} the block and where the next begins */
function readBlock(lines, start, context) {
  const line = lines[start];
  const fence = FENCE.exec(line);
  if (fence) return readFence(lines, start, fence[1]);
  if (/^>\s?/.test(line)) {
    return readRun(lines, start, /^>\s?/, (rows) => html`<blockquote>${renderMarkdown(rows.join('\n'), context)}</blockquote>`);
  }
  if (/^\s*[-*+] +\S/.test(line)) {
    return readRun(lines, start, /^\s*[-*+] +/, (rows) => html`<ul>${rows.map((row) => html`<li>${inline(row, context)}</li>`)}</ul>`);
  }
  const number = /^\s*(\d{1,4})[.)] +\S/.exec(line);
  if (number) {
    return readRun(lines, start, /^\s*\d{1,4}[.)] +/, (rows) => html`<ol start=${Number(number[1])}>${rows.map((row) => html`<li>${inline(row, context)}</li>`)}</ol>`);
  }
  const heading = /^#{1,4} +(.+)$/.exec(line);
  if (heading) return [html`<p class="md-heading">${inline(heading[1], context)}</p>`, start + 1];
  return readParagraph(lines, start, context);
}

/** @param {string[]} lines @param {number} start @param {string} language @returns {[any, number]} */
function readFence(lines, start, language) {
  let end = start + 1;
  while (end < lines.length && !/^```\s*$/.test(lines[end])) end += 1;
  return [html`<${CodeBlock} code=${lines.slice(start + 1, end).join('\n')} language=${language} />`, end + 1];
}

/** @param {string[]} lines @param {number} start @param {RegExp} marker @param {(rows: string[]) => any} draw @returns {[any, number]} */
function readRun(lines, start, marker, draw) {
  let end = start;
  while (end < lines.length && marker.test(lines[end])) end += 1;
  return [draw(lines.slice(start, end).map((row) => row.replace(marker, ''))), end];
}

/** @param {string[]} lines @param {number} start @param {Context} context @returns {[any, number]} */
function readParagraph(lines, start, context) {
  let end = start + 1;
  while (end < lines.length && !/^(```|>\s?|\s*[-*+] +\S|\s*\d{1,4}[.)] +\S|#{1,4} +\S)/.test(lines[end])) end += 1;
  const text = lines.slice(start, end).join('\n').replace(/^\n+|\n+$/g, '');
  return [text ? html`<p>${inline(text, context)}</p>` : null, end];
}

/** @param {string} text @param {Context} context @returns {any[]} */
function inline(text, context) {
  /** @type {any[]} */
  const nodes = [];
  let last = 0;
  for (const match of text.matchAll(INLINE)) {
    const picture = !!match[7] && !!context.openLink && text[match.index - 1] === '!';
    if (match.index > last) nodes.push(...words(text.slice(last, match.index - Number(picture)), context));
    const [node, taken] = inlineNode(match, context);
    nodes.push(node);
    last = match.index + taken;
  }
  if (last < text.length) nodes.push(...words(text.slice(last), context));
  return nodes;
}

/** @param {RegExpMatchArray} match @param {Context} context @returns {[any, number]} the node and how many characters it stands for */
function inlineNode(match, context) {
  const [whole, , code, bold, star, underscore, strike, label, target, url] = match;
  if (code !== undefined) return [html`<code>${code}</code>`, whole.length];
  if (bold) return [html`<strong>${inline(bold, context)}</strong>`, whole.length];
  if (star || underscore) return [html`<em>${inline(star ?? underscore, context)}</em>`, whole.length];
  if (strike) return [html`<s>${inline(strike, context)}</s>`, whole.length];
  if (label) return [link(target, label, context), whole.length];
  const clean = url.replace(/[.,;:!?)\]}*_~]+$/, '');
  return [link(clean, clean, context), clean.length];
}

/** @param {string} target @param {string} label @param {Context} context */
function link(target, label, { openLink }) {
  if (openLink) return html`<button type="button" class="link-asked" title=${target} onClick=${() => openLink(target)}>${label}${label !== target && ` (${target})`}</button>`;
  return html`<a href=${target} target="_blank" rel="noopener noreferrer nofollow">${label}</a>`;
}

const MARKS = new RegExp(`\\[(\\d{1,2})\\]|${REMOVED.source}`, 'g');

/** Plain words, with the sources and the people they name. @param {string} text @param {Context} context @returns {any[]} */
function words(text, context) {
  const { cite, removed } = context;
  if (!cite) return mentions(text, context);
  /** @type {any[]} */
  const nodes = [];
  let last = 0;
  for (const match of text.matchAll(MARKS)) {
    const node = match[1] ? cite(Number(match[1])) : removed?.(match[2].split(',').map(Number));
    if (!node) continue;
    nodes.push(text.slice(last, match.index), node);
    last = match.index + match[0].length;
  }
  nodes.push(text.slice(last));
  return nodes;
}

/** @param {string} text @param {Context} context @returns {any[]} */
function mentions(text, { names, me, onMention }) {
  if (!names?.size || !text.includes('@')) return [text];
  const found = [...names].filter(([, name]) => text.includes(`@${name}`)).sort((a, b) => b[1].length - a[1].length);
  if (!found.length) return [text];
  const pattern = new RegExp(`@(${found.map(([, name]) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`, 'g');
  return text.split(pattern).map((part, index) => {
    if (index % 2 === 0) return part;
    const id = found.find(([, name]) => name === part)?.[0] ?? '';
    const own = id === me || id === 'all';
    return html`<button type="button" class=${`mention ${own ? 'mention-me' : ''}`} onClick=${() => onMention?.(id)}>@${part}</button>`;
  });
}

/** The text without its marks, in one line, for previews. @param {string | undefined} text */
export function plainText(text) {
  return (text ?? '')
    .replace(/```[\w+#.-]*\n?/g, ' ')
    .replace(/^(>|#{1,4}|[-*+]) +/gm, '')
    .replace(/(\*\*|~~|`)(.+?)\1/g, '$2')
    .replace(/\[([^\]\n]+)\]\(https?:[^)]+\)/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
}
