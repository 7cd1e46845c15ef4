// @ts-check
// What a person does to messages: each is a command in the outbox, and shows at once as if it had happened.
import { batch } from '@preact/signals';

import { conversationOf, patchConversation } from './conversations.js';
import { setTarget } from './drafts.js';
import { withReaction } from './events.js';
import { expectSeq, logOf, takeEvent } from './logs.js';
import { slowModeOf } from './members.js';
import { enqueue, holdMessages, whenSettled } from './outbox.js';
import { noteRefusal } from './sanctions.js';
import { myId } from './session.js';
import { explain, toast, toastError } from './toasts.js';
import { t } from '../i18n/index.js';

/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').Command} Command */

/**
 * @param {string} conversationId @param {string} text
 * @param {{ replyTo?: string | null, mentions?: string[] }} [options]
 */
export function sendText(conversationId, text, { replyTo, mentions = [] } = {}) {
  const fields = { kind: 'text', content: { text }, ...(replyTo ? { reply_to: replyTo } : {}), ...(mentions.length ? { mentions } : {}) };
  return enqueue('send-message', conversationId, fields);
}

/**
 * Send a file that is ready.
 * @param {string} conversationId @param {'image' | 'file' | 'voice'} kind @param {import('./types.js').FileObject} file
 * @param {{ id?: string, text?: string, replyTo?: string | null, mentions?: string[] }} [options] `id` is the message's client_msg_id
 */
export function sendFile(conversationId, kind, file, { id, text, replyTo, mentions = [] } = {}) {
  const content = { file_id: file.id, ...(text ? { text } : {}) };
  const fields = { kind, content, ...(replyTo ? { reply_to: replyTo } : {}), ...(mentions.length ? { mentions } : {}) };
  return enqueue('send-message', conversationId, fields, { id, file });
}

/** @param {Message} message @param {string} text */
export function editText(message, text) {
  enqueue('edit-message', message.conversation_id, { message_id: message.message_id, content: { text } });
}

/** @param {Message} message */
export function recall(message) {
  enqueue('recall-message', message.conversation_id, { message_id: message.message_id });
}

/** Give a reaction, or take it back where it is given. @param {Message} message as it is shown @param {string} emoji */
export function toggleReaction(message, emoji) {
  const op = isMine(message.reactions[emoji]) ? 'remove' : 'add';
  enqueue('react', message.conversation_id, { message_id: message.message_id, emoji, op });
}

/** @param {import('./types.js').Reaction | undefined} reaction */
export function isMine(reaction) {
  return !!reaction && (reaction.me ?? reaction.user_ids.includes(myId.value));
}

/**
 * The messages as they will be once the commands are stored: edits, recalls and reactions are laid over, unsent messages follow.
 * @param {Message[]} messages @param {Command[]} commands @param {boolean} atEnd whether the window reaches the newest message
 * @returns {Message[]}
 */
export function overlay(messages, commands, atEnd) {
  if (!commands.length) return messages;
  const shown = messages.slice();
  const stored = new Set(messages.map((message) => message.client_msg_id));
  for (const command of commands) {
    if (command.type === 'send-message') {
      if (atEnd && !stored.has(command.client_msg_id)) shown.push(draftOf(command, shown));
      continue;
    }
    const index = shown.findIndex((message) => message.message_id === command.fields.message_id);
    if (index >= 0) shown[index] = changed(shown[index], command);
  }
  return shown;
}

/** @param {Message} message @param {Command} command @returns {Message} */
function changed(message, { type, fields, at }) {
  if (type === 'edit-message') return { ...message, content: fields.content, edited_at: at, state: 'sending' };
  if (type === 'recall-message') return { ...message, recalled: true, content: {}, reactions: {} };
  const had = isMine(message.reactions[fields.emoji]);
  if (type !== 'react' || had === (fields.op === 'add')) return message;
  return withReaction(message, { seq: 0, event: '', actor_id: myId.value, emoji: fields.emoji }, fields.op === 'add');
}

/** @param {Command} command @param {Message[]} shown @returns {Message} */
function draftOf(command, shown) {
  return {
    ...messageOf(command),
    seq: (shown.at(-1)?.seq ?? 0) + 0.001,
    state: command.state === 'failed' ? 'failed' : 'sending',
    error: command.error,
    code: command.code,
  };
}

/** The message that a command sends, as it can be shown before it is stored. @param {Command} command @returns {Message} */
export function messageOf(command) {
  const { text } = command.fields.content;
  return {
    message_id: command.client_msg_id,
    conversation_id: command.conversation_id,
    seq: 0,
    sender_id: myId.value,
    client_msg_id: command.client_msg_id,
    kind: command.fields.kind,
    content: command.file ? { file: command.file, ...(text ? { text } : {}) } : command.fields.content,
    reply_to: command.fields.reply_to ?? null,
    mentions: command.fields.mentions ?? [],
    created_at: command.at,
    edited_at: null,
    recalled: false,
    reactions: {},
  };
}

/** The stored message is the command with what the ack adds. @param {Command} command @param {any} ack */
function acknowledged(command, ack) {
  const id = command.conversation_id;
  if (command.type !== 'send-message') return expectSeqAfterChange(command, ack);
  const pause = slowModeOf(conversationOf(id));
  if (pause) holdMessages(id, pause * 1_000);
  const { message_id, seq, created_at } = ack;
  const sent = messageOf(command);
  // The word filter may have stored something else than what was sent.
  const message = { ...sent, message_id, seq, created_at, content: ack.content ?? sent.content };
  batch(() => {
    takeEvent(id, { seq: ack.seq, event: 'message-stored', actor_id: myId.value, message });
    const known = conversationOf(id);
    if (known && known.read_seq < ack.seq) patchConversation(id, { read_seq: ack.seq, unread_count: 0, mention_count: 0 });
  });
}

/** A change stays on the page until its event comes: an ack of "nothing changed" names a seq that is not its own. @param {Command} command @param {any} ack */
function expectSeqAfterChange(command, ack) {
  const log = logOf(command.conversation_id);
  if (ack.seq <= log.applied) return;
  const index = log.messages.value.findIndex((message) => message.message_id === command.fields.message_id);
  if (index >= 0) {
    const next = log.messages.value.slice();
    next[index] = { ...changed(next[index], command), state: undefined };
    log.messages.value = next;
  }
  expectSeq(command.conversation_id, ack.seq);
}

whenSettled(acknowledged, (command, error) => {
  noteRefusal(error);
  if (command.type === 'edit-message') offerAnew(command, error);
  else if (command.type !== 'send-message') toastError(error);
});

/** The words of an edit that was refused are not lost: they go back into the composer for who wants them. @param {Command} command @param {unknown} error */
function offerAnew({ conversation_id: id, fields }, error) {
  const message = logOf(id).find(fields.message_id);
  const run = () => void (message && setTarget(id, { kind: 'edit', message: { ...message, content: fields.content } }));
  toast(explain(error), { tone: 'danger', action: message && { label: t('message.edit'), run } });
}
