// @ts-check
// Where the session's tokens rest: localStorage, or sessionStorage when the person does not want to stay signed in.

const KEY = 'gochat.tokens';
const EARLY_MS = 15_000;

/** @typedef {{ access: string, refresh: string, expires_at: number }} Tokens `expires_at` in ms of this machine's clock */

/** @returns {Tokens | null} */
export function readTokens() {
  const text = sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY);
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * Store the tokens of an answer where the present ones are.
 * @param {{ access: string, refresh: string, expires_in: number }} answer
 * @param {boolean} [keep] whether they outlive the browser; by default as before
 */
export function writeTokens(answer, keep) {
  const lasting = keep ?? sessionStorage.getItem(KEY) === null;
  const text = JSON.stringify({
    access: answer.access,
    refresh: answer.refresh,
    expires_at: Date.now() + answer.expires_in * 1_000,
  });
  if (keep !== undefined) clearTokens();
  (lasting ? localStorage : sessionStorage).setItem(KEY, text);
}

export function clearTokens() {
  localStorage.removeItem(KEY);
  sessionStorage.removeItem(KEY);
}

/** @param {Tokens} tokens */
export function tokensExpireSoon(tokens) {
  return tokens.expires_at - Date.now() < EARLY_MS;
}

/** @param {() => void} handler called when another tab signs in or out */
export function whenTokensChange(handler) {
  addEventListener('storage', (event) => {
    if (event.key === KEY && !!event.oldValue !== !!event.newValue) handler();
  });
}
