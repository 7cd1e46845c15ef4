// @ts-check
// The messages of a conversation: follows the end only when it is there, keeps its place when older ones are put above.
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';

import { answers, answersIn } from '../store/answers.js';
import { overlay } from '../store/commands.js';
import { conversationOf } from '../store/conversations.js';
import { waitingMessages } from '../store/fileuploads.js';
import { logOf, loadAfter, loadBefore, openLatest, openLog } from '../store/logs.js';
import { commandsBy } from '../store/outbox.js';
import { markRead } from '../store/receipts.js';
import { myId } from '../store/session.js';
import { attempt } from '../store/toasts.js';
import { t } from '../i18n/index.js';
import { html } from './html.js';
import { JumpButton } from './jump.js';
import { layOut } from './layout.js';
import { Row } from './rows.js';
import { useScroll } from './scroll.js';

/** @typedef {import('../store/types.js').Message} Message */

const EDGE_PX = 600;
const NONE = /** @type {any[]} */ ([]);

/** @param {{ id: string, readAtOpening: number | null }} props */
export function MessageList({ id, readAtOpening }) {
  const log = logOf(id);
  const state = log.state.value;
  const atEnd = !log.hasAfter.value;
  const commands = commandsBy.value.get(id) ?? NONE;
  const stored = log.messages.value;
  const waiting = waitingMessages.value.get(id) ?? NONE;
  const messages = useMemo(() => atTheEnd(overlay(stored, commands, atEnd), atEnd ? waiting : NONE), [stored, commands, waiting, atEnd]);
  const shown = useMemo(() => (atEnd ? atTheEnd(messages, answersIn(id).map((answer) => answer.message)) : messages), [messages, atEnd, answers.value]);
  const rows = useMemo(() => layOut(shown, readAtOpening, myId.value), [shown, readAtOpening, myId.value]);
  const busy = useRef(false);
  const scroll = useScroll(state === 'ready' && readAtOpening !== null, messages, atEnd);

  /** @param {(id: string) => Promise<void>} load */
  const page = async (load) => {
    if (busy.current) return;
    busy.current = true;
    await attempt(() => load(id));
    busy.current = false;
  };
  const onScroll = () => {
    const box = scroll.ref.current;
    if (!box || state !== 'ready') return;
    scroll.remember();
    if (box.scrollTop < EDGE_PX && log.hasBefore.value) void page(loadBefore);
    if (box.scrollHeight - box.scrollTop - box.clientHeight < EDGE_PX && log.hasAfter.value) void page(loadAfter);
    see(id, box, scroll.atBottom.value);
  };
  useReading(id, scroll, stored, state);
  useLayoutEffect(() => {
    const box = scroll.ref.current;
    if (state === 'ready' && box && box.scrollHeight <= box.clientHeight + EDGE_PX && log.hasBefore.value) void page(loadBefore);
  }, [state, stored]);

  return html`
    <div class="log-frame">
      <div ref=${scroll.ref} class="log" role="log" aria-label=${t('chat.log')} aria-busy=${state !== 'ready'} tabindex="0" onScroll=${onScroll}>
        <div class="log-column" ref=${scroll.content}>
          ${state === 'error' && html`<${Failed} id=${id} />`}
          ${(state === 'loading' || state === 'empty') && html`<${Skeletons} />`}
          ${state === 'ready' && !log.hasBefore.value && html`<${Beginning} id=${id} empty=${!messages.length} />`}
          ${state === 'ready' && log.hasBefore.value && html`<div class="log-more" aria-hidden="true"><span class="skeleton"></span></div>`}
          ${state === 'ready' && rows.map((row) => html`<${Row} key=${row.key} row=${row} id=${id} />`)}
        </div>
      </div>
      <${JumpButton} log=${log} atBottom=${scroll.atBottom} onJump=${() => jump(id, scroll)} />
    </div>
  `;
}

/** Messages whose files are still on their way, and answers that are still written, stand at the end. @param {Message[]} messages @param {Message[]} waiting */
function atTheEnd(messages, waiting) {
  if (!waiting.length) return messages;
  const end = messages.at(-1)?.seq ?? 0;
  return [...messages, ...waiting.map((message, index) => ({ ...message, seq: end + (index + 1) / 1_000_000 }))];
}

/** @param {string} id @param {ReturnType<typeof useScroll>} scroll */
async function jump(id, scroll) {
  const loads = logOf(id).hasAfter.value;
  await attempt(() => openLatest(id));
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  scroll.toBottom(!loads);
}

/** What is on the screen while the person looks at the page has been read. @param {string} id @param {ReturnType<typeof useScroll>} scroll @param {Message[]} messages @param {string} state */
function useReading(id, scroll, messages, state) {
  useEffect(() => {
    const look = () => {
      if (state === 'ready' && scroll.ref.current) see(id, scroll.ref.current, scroll.atBottom.value);
    };
    look();
    addEventListener('focus', look);
    document.addEventListener('visibilitychange', look);
    return () => {
      removeEventListener('focus', look);
      document.removeEventListener('visibilitychange', look);
    };
  }, [id, messages, state]);
}

/** @param {string} id @param {HTMLElement} box @param {boolean} atBottom */
function see(id, box, atBottom) {
  const entry = conversationOf(id);
  if (!entry || document.visibilityState !== 'visible' || !document.hasFocus()) return;
  const log = logOf(id);
  if (atBottom && !log.hasAfter.value) return markRead(id, log.applied);
  if (entry.read_seq >= (log.messages.value.at(-1)?.seq ?? 0)) return;
  const bottom = box.getBoundingClientRect().bottom;
  const shown = /** @type {HTMLElement[]} */ ([...box.querySelectorAll('[data-seq]')]).findLast((element) => element.getBoundingClientRect().bottom <= bottom + 4);
  if (shown) markRead(id, Math.floor(Number(shown.dataset.seq)));
}

/** @param {{ id: string, empty: boolean }} props */
function Beginning({ id, empty }) {
  const entry = conversationOf(id);
  if (!entry) return null;
  const hidden = entry.first_seq > 1;
  return html`<p class=${`log-beginning ${empty ? 'log-beginning-empty' : ''}`}>${t(hidden ? 'chat.historyHidden' : empty ? 'chat.sayHello' : 'chat.beginning')}</p>`;
}

/** @param {{ id: string }} props */
function Failed({ id }) {
  return html`
    <div class="empty">
      <p>${t('chat.loadFailed')}</p>
      <button class="button" onClick=${() => attempt(() => openLog(id))}>${t('app.tryAgain')}</button>
    </div>
  `;
}

function Skeletons() {
  return html`
    <div class="log-skeleton">
      ${[44, 62, 30, 52, 38].map((width, index) => html`
        <div key=${index} class=${`bubble-skeleton ${index % 3 === 2 ? 'bubble-skeleton-own' : ''}`}>
          ${index % 3 !== 2 && html`<span class="skeleton skeleton-avatar"></span>`}<span class="skeleton skeleton-bubble" style=${{ width: `${width}%` }}></span>
        </div>`)}
    </div>
  `;
}
