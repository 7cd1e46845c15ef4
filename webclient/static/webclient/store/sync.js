// @ts-check
// Keeping the page equal to the server: what to do with each pushed frame, and `sync` after ready, on resync and each minute.
import { batch, effect, untracked } from '@preact/signals';

import { conversations as api } from '../api/endpoints.js';
import { ask, connect, disconnect, onFrame } from '../socket/connection.js';
import { dropAgents } from './agents.js';
import { dropAnswers } from './answers.js';
import { refreshCitations } from './citations.js';
import './commands.js';
import { dropContacts, loadContacts } from './contacts.js';
import { conversationOf, conversations, dropConversations, listed, loadConversation, putConversations, totals } from './conversations.js';
import { dropDigests } from './digests.js';
import { setReader } from './events.js';
import { catchUp, dropLog, dropLogs, heldLog, openLog, takeEvent, whenApplied } from './logs.js';
import { dropMembers } from './members.js';
import { closeOutbox, openOutbox, outbox, pump, settle } from './outbox.js';
import { stopTyping } from './presence.js';
import { giveReceipts, markReceived, moveCursor } from './receipts.js';
import { navigate, openId, route } from './router.js';
import { clearRecentSearches, loadRecentSearches } from './recentsearches.js';
import { dropFound, dropSearch, followSearch } from './search.js';
import { leaveSearched } from './searchquery.js';
import { followSanctions } from './sanctions.js';
import { endSession, myId, phase } from './session.js';

const SYNC_EVERY_MS = 60_000;
const CONTACTS_EVERY_MS = 60_000;

/** @type {string | undefined} */
let since;
let syncing = false;
let again = false;
/** @type {number | undefined} */
let timer;

/** Ask for every conversation that changed since the last time, page by page. */
async function sync() {
  clearTimeout(timer);
  if (syncing) {
    again = true;
    return;
  }
  syncing = true;
  try {
    for (let more = true; more; ) {
      const page = await ask({ type: 'sync', ...(since ? { since } : {}) });
      takePage(page);
      since = page.next ?? since;
      more = page.has_more;
    }
    listed.value = true;
  } catch {
    // The connection broke or the server is busy: the next ready or the timer asks again from the same place.
  } finally {
    syncing = false;
    timer = setTimeout(sync, again ? 0 : SYNC_EVERY_MS * (0.8 + Math.random() * 0.4));
    again = false;
  }
}

/** @param {{ conversations: import('./types.js').Conversation[], removed: string[] }} page */
function takePage(page) {
  batch(() => {
    putConversations(page.conversations);
    forget(page.removed ?? []);
  });
  for (const row of page.conversations) {
    if (heldLog(row.id)) catchUp(row.id);
    else if (row.unread_count) markReceived(row.id, row.last_seq);
  }
}

/** @param {string[]} ids */
function forget(ids) {
  dropConversations(ids);
  ids.forEach(dropLog);
  if (ids.length) dropFound(ids);
  const open = openId.value;
  if (!open || !ids.includes(open)) return;
  if (route.value.section === 'search') leaveSearched(open);
  else navigate('/', { replace: true });
}

/** @param {import('./types.js').Message} message */
function takeMessage(message) {
  const id = message.conversation_id;
  stopTyping(id, message.sender_id);
  if (!conversationOf(id)) void loadConversation(id).catch(() => null);
  takeEvent(id, { seq: message.seq, event: 'message-stored', actor_id: message.sender_id, message });
  if (message.sender_id === myId.value && outbox.value.some((command) => command.client_msg_id === message.client_msg_id)) {
    settle(message.client_msg_id, message);
  }
}

/** @param {any} frame */
function takeConversationEvent(frame) {
  const { type, conversation_id: id, ...event } = frame;
  takeEvent(id, event);
  const log = heldLog(id);
  if (event.event === 'message-restored' && !event.message && log) {
    log.reset();
    void openLog(id).catch(() => null);
    void loadConversation(id).catch(() => null);
  }
}

onFrame('ready', () => {
  void sync();
  if (openId.value) void refreshCitations(openId.value).catch(() => null);
  pump();
  giveReceipts();
});
onFrame('resync', () => void sync());
onFrame('new-message', (frame) => batch(() => takeMessage(frame.message)));
onFrame('conversation-event', (frame) => batch(() => takeConversationEvent(frame)));
onFrame('conversation-added', (frame) => putConversations([frame.conversation]));
onFrame('conversation-updated', (frame) => {
  putConversations([frame.conversation]);
  catchUp(frame.conversation.id);
});
onFrame('conversation-removed', (frame) => forget([frame.conversation_id]));
onFrame('ended', () => void endSession());

whenApplied((id, event) => {
  const log = heldLog(id);
  const sender = event.event === 'message-stored' ? event.message?.sender_id : undefined;
  // Storing a message moves its sender's read_seq to it, and no receipt tells so.
  if (sender) moveCursor(id, sender, { read: event.seq });
  if (event.actor_id !== myId.value) markReceived(id, log ? log.applied : event.seq);
});

setReader(() => myId.value);

/** Start and stop everything with the session. */
export function followSession() {
  effect(() => {
    const signedIn = phase.value === 'signed-in';
    const userId = myId.value;
    const signedOut = phase.value === 'signed-out';
    untracked(() => {
      if (signedIn && userId) start(userId);
      else if (signedOut) stop();
    });
  });
  followSearch();
  followSanctions();
  effect(() => {
    const count = totals.value.unread;
    document.title = count && phase.value === 'signed-in' ? `(${count > 99 ? '99+' : count}) GoChat` : 'GoChat';
  });
}

let contactsAt = 0;

/** Friends and requests have no frames of their own: they are looked at again when the person comes back to the page. */
function refreshContacts() {
  if (phase.peek() !== 'signed-in' || Date.now() - contactsAt < CONTACTS_EVERY_MS) return;
  contactsAt = Date.now();
  void loadContacts().catch(() => null);
}

addEventListener('focus', refreshContacts);

/** @param {string} userId */
function start(userId) {
  contactsAt = 0;
  void openOutbox(userId);
  loadRecentSearches(userId);
  refreshContacts();
  void showFirst(userId);
  connect();
}

/** The list by HTTP, so that it stands while the socket is still on its way; once synced it is no news. @param {string} userId */
async function showFirst(userId) {
  const rows = await api.list().catch(() => null);
  if (!rows || listed.value || myId.value !== userId) return;
  batch(() => {
    putConversations(rows);
    listed.value = true;
  });
}

function stop() {
  clearTimeout(timer);
  since = undefined;
  disconnect();
  closeOutbox();
  dropLogs();
  dropAgents();
  dropAnswers();
  dropDigests();
  dropMembers();
  dropContacts();
  dropSearch();
  clearRecentSearches();
  batch(() => {
    conversations.value = new Map();
    listed.value = false;
  });
}

