// @ts-check
// What each event of a log does to the messages on the page: pure functions from a list to a list.

/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').LogEvent} LogEvent */

/** @type {() => string} */
let readerId = () => '';

/** @param {() => string} reader tells who looks at the page; `me` of a reaction is derived from it */
export function setReader(reader) {
  readerId = reader;
}

/**
 * Put a message into a list that rises by seq; the same seq is replaced, never repeated.
 * @param {Message[]} list @param {Message} message @returns {Message[]}
 */
export function insertMessage(list, message) {
  let index = list.length;
  while (index > 0 && list[index - 1].seq > message.seq) index -= 1;
  const next = list.slice();
  if (index > 0 && list[index - 1].seq === message.seq) next[index - 1] = message;
  else next.splice(index, 0, message);
  return next;
}

/** Whether moderators took a message out of sight: what was recalled says so, anything else has content. @param {Message} message */
export function isHidden(message) {
  return message.kind !== 'system' && !message.recalled && Object.keys(message.content).length === 0;
}

/** @type {Record<string, ((message: Message, event: LogEvent) => Message) | undefined>} */
const CHANGES = {
  'message-edited': (message, event) => ({ ...message, ...event.message }),
  'message-restored': (message, event) => ({ ...message, ...event.message }),
  'message-recalled': (message) => ({ ...message, recalled: true, content: {}, reactions: {} }),
  'message-hidden': (message) => ({ ...message, content: {}, mentions: [], reactions: {} }),
  'reaction-added': (message, event) => withReaction(message, event, true),
  'reaction-removed': (message, event) => withReaction(message, event, false),
};

/**
 * @param {Message[]} list @param {string} conversationId @param {LogEvent} event
 * @returns {Message[]} the same list when the event changes nothing in it
 */
export function applyToMessages(list, conversationId, event) {
  if (event.event === 'message-stored') return event.message ? insertMessage(list, event.message) : list;
  if (event.event.startsWith('member-')) return insertMembership(list, conversationId, event);
  const change = CHANGES[event.event];
  const targetId = event.message?.message_id ?? event.message_id;
  const index = change ? list.findIndex((message) => message.message_id === targetId) : -1;
  if (!change || index < 0) return list;
  const next = list.slice();
  next[index] = change(list[index], event);
  return next;
}

/** The line that a membership event leaves in the history. @param {Message[]} list @param {string} conversationId @param {LogEvent} event */
function insertMembership(list, conversationId, event) {
  if (event.event === 'member-updated') return list;
  return insertMessage(list, {
    message_id: `${conversationId}:${event.seq}`,
    conversation_id: conversationId,
    seq: event.seq,
    sender_id: event.actor_id ?? '',
    client_msg_id: '',
    kind: 'system',
    content: { event: event.event, user_ids: event.user_ids ?? [] },
    reply_to: null,
    mentions: [],
    created_at: event.at ?? new Date().toISOString(),
    edited_at: null,
    recalled: false,
    reactions: {},
  });
}

/** @param {Message} message @param {LogEvent} event @param {boolean} added @returns {Message} */
export function withReaction(message, event, added) {
  const emoji = event.emoji ?? '';
  const known = message.reactions[emoji] ?? { count: 0, me: false, user_ids: [] };
  const others = known.user_ids.filter((id) => id !== event.actor_id);
  const userIds = added ? [...others, event.actor_id ?? ''].slice(0, 50) : others;
  const count = event.count ?? Math.max(0, known.count + (added ? 1 : -1));
  const reactions = { ...message.reactions };
  if (count > 0) {
    const mine = event.actor_id === readerId() ? added : known.me;
    reactions[emoji] = { count, me: mine, user_ids: userIds };
  } else delete reactions[emoji];
  return { ...message, reactions };
}
