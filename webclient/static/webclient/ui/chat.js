// @ts-check
// The conversation: header, messages, composer, and the details pane beside it.
import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';

import { ApiError } from '../api/http.js';
import { refreshCitations } from '../store/citations.js';
import { conversationOf, isPrivate, loadConversation } from '../store/conversations.js';
import { saveDraft } from '../store/drafts.js';
import { logOf, openLog } from '../store/logs.js';
import { isLarge, loadMembers, loadProfile } from '../store/members.js';
import { narrow, wide } from '../store/prefs.js';
import { navigate } from '../store/router.js';
import { muteIn } from '../store/sanctions.js';
import { toastError } from '../store/toasts.js';
import { t } from '../i18n/index.js';
import { SummaryCard } from './agents/summary.js';
import { ConnectionBanner } from './banner.js';
import { ChatHeader } from './chatheader.js';
import { Composer } from './composer.js';
import { DetailsPane } from './details.js';
import { DropVeil, useFileDrop } from './files/drop.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { MessageList } from './messagelist.js';
import { openOverlay } from './overlays.js';
import { loadPins } from './pins.js';
import { silenceOf } from './silence.js';
import { TypingLine } from './typing.js';

export const detailsOpen = signal(false);
const FIRST_UNREAD_FIT = 40;

/** @param {{ id: string, around?: number, head?: any }} props `around` is the seq that it opens at; `head` stands between the header and the messages */
export function ChatPane({ id, around, head }) {
  const entry = conversationOf(id);
  const [missing, setMissing] = useState(false);
  const [readAtOpening, setReadAtOpening] = useState(/** @type {number | null} */ (null));
  useEffect(() => {
    void prepare(id, setReadAtOpening, around).catch((error) => {
      if (error instanceof ApiError && error.status === 404) setMissing(true);
      else toastError(error);
    });
    return () => {
      saveDraft(id);
      logOf(id).trim();
    };
  }, [id]);
  useDividerForReturn(entry, setReadAtOpening);
  const drop = useFileDrop(id, !!entry && !muteIn(id) && !silenceOf(entry));
  if (missing) return html`<${MissingPane} />`;
  if (!entry) return html`<main class="chat-pane" aria-busy="true"></main>`;
  return html`
    <main class="chat-pane" ...${drop.handlers}>
      ${drop.over && html`<${DropVeil} />`}
      <${ChatHeader} entry=${entry} />
      ${head}
      ${narrow.value && html`<${ConnectionBanner} />`}
      <${SummaryCard} id=${id} />
      <${MessageList} id=${id} readAtOpening=${readAtOpening} />
      <${TypingLine} entry=${entry} />
      <${Composer} key=${id} entry=${entry} />
    </main>
    ${detailsOpen.value && html`<${DetailsPane} entry=${entry} docked=${wide.value} onClose=${() => (detailsOpen.value = false)} />`}
  `;
}

/**
 * What comes while the person looks elsewhere stands below a divider when they are back.
 * @param {import('../store/types.js').Conversation | undefined} entry @param {(seq: number) => void} setRead
 */
function useDividerForReturn(entry, setRead) {
  const before = useRef(0);
  const unread = entry?.unread_count ?? 0;
  useEffect(() => {
    const away = document.visibilityState !== 'visible' || !document.hasFocus();
    if (entry && away && unread && !before.current) setRead(entry.read_seq);
    before.current = unread;
  }, [unread]);
}

/**
 * Load a conversation so that it opens where the person stopped reading, or at a message that was asked for.
 * @param {string} id @param {(seq: number) => void} setReadAtOpening @param {number | undefined} wanted seq
 */
async function prepare(id, setReadAtOpening, wanted) {
  const entry = conversationOf(id) ?? (await loadConversation(id));
  setReadAtOpening(entry.unread_count ? entry.read_seq : Number.MAX_SAFE_INTEGER);
  const far = entry.unread_count > FIRST_UNREAD_FIT;
  const ready = logOf(id).state.value === 'ready';
  await openLog(id, wanted ? { around: wanted } : far && !ready ? { around: entry.read_seq + 1 } : {});
  void loadPins(id).catch(() => null);
  if (ready) void refreshCitations(id).catch(() => null);
  if (!isPrivate(entry) && !isLarge(entry)) await loadMembers(id);
  if (entry.kind === 'group') await loadProfile(id);
}

export function EmptyPane() {
  return html`
    <main class="chat-pane chat-empty">
      <div class="empty">
        <span class="empty-mark"><${Icon} name="chat" size=${28} /></span>
        <h2>${t('chat.noneTitle')}</h2>
        <p>${t('chat.noneText')}</p>
        <button class="button" onClick=${() => openOverlay('switcher')}>${t('switcher.title')}<kbd>${/Mac/.test(navigator.platform) ? '⌘K' : 'Ctrl K'}</kbd></button>
      </div>
    </main>
  `;
}

function MissingPane() {
  return html`
    <main class="chat-pane chat-empty">
      <div class="empty">
        <span class="empty-mark"><${Icon} name="slash" size=${28} /></span>
        <h2>${t('chat.missingTitle')}</h2>
        <p>${t('chat.missingText')}</p>
        <button class="button" onClick=${() => navigate('/')}>${t('chat.toList')}</button>
      </div>
    </main>
  `;
}
