// @ts-check
// The words that were found, marked inside the message that was jumped to: drawn by the browser over the text, which stays as it is.

const NAME = 'found';

/** @param {Element} message @param {string[]} words in lower case */
export function markWords(message, words) {
  if (!('highlights' in CSS)) return;
  const ranges = [...message.querySelectorAll('.bubble-text')].flatMap((text) => rangesIn(text, words));
  if (ranges.length) CSS.highlights.set(NAME, new Highlight(...ranges));
  else unmarkWords();
}

export function unmarkWords() {
  if ('highlights' in CSS) CSS.highlights.delete(NAME);
}

/** @param {Element} root @param {string[]} words */
function rangesIn(root, words) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const ranges = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement?.closest('.bubble-meta')) continue;
    const text = (node.textContent ?? '').toLowerCase();
    for (const word of words) {
      for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
        const range = new Range();
        range.setStart(node, at);
        range.setEnd(node, at + word.length);
        ranges.push(range);
      }
    }
  }
  return ranges;
}
