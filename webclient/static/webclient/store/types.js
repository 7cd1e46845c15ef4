// @ts-check
// Shapes of the wire contract that the store keeps, for the type checker alone.

/** @typedef {{ id: string, username: string, display_name: string, avatar_url?: string | null, kind: 'person' | 'guest' | 'bot' | 'agent' }} User */
/** @typedef {{ count: number, me?: boolean, user_ids: string[] }} Reaction */
/** What an answer stands on; once withdrawn, its quote is empty. @typedef {{ message_id: string, conversation_id: string, seq: number, quote: string, withdrawn?: boolean, sender_id?: string }} Citation */
/** What members let AI read of what they write in a chat. @typedef {'off' | 'on_request' | 'indexed'} AiSetting */
/**
 * @typedef {{ message_id: string, conversation_id: string, seq: number, sender_id: string, client_msg_id: string,
 *   kind: 'text' | 'image' | 'file' | 'voice' | 'system', content: Record<string, any>, reply_to: string | null, mentions: string[],
 *   created_at: string, edited_at: string | null, recalled: boolean, reactions: Record<string, Reaction>,
 *   citations?: Citation[], state?: 'sending' | 'failed', error?: string, code?: string, editing?: boolean }} Message
 */
/**
 * @typedef {{ id: string, kind: 'direct' | 'group' | 'world' | 'agent', title: string, avatar_url?: string | null, peer?: User | null,
 *   first_seq: number, last_seq: number, read_seq: number, unread_count: number, mention_count: number, last_message: Message | null,
 *   muted: boolean, pinned: boolean, archived: boolean, draft: string, role?: 'owner' | 'admin' | 'member' | null, member_count: number, ai?: AiSetting, ai_max?: AiSetting,
 *   peer_read_seq?: number, peer_received_seq?: number, slow_mode_s?: number, muted_all?: boolean, announcement_only?: boolean, muted_until?: string | null, created_at?: string }} Conversation
 */
/** @typedef {{ seq: number, event: string, actor_id?: string, at?: string, message?: Message, message_id?: string, emoji?: string,
 *   count?: number, user_ids?: string[], group?: Record<string, any> }} LogEvent */
/** @typedef {{ user: User, role: 'owner' | 'admin' | 'member', muted_until: string | null, joined_at: string, read_seq?: number, received_seq?: number }} Member */
/** A piece of a message and where the words stand in it: [start, end) in UTF-16 units, as strings count here. @typedef {{ text: string, ranges: Array<[number, number]> }} Fragment */
/** @typedef {{ message: Message, highlights: Fragment[], score: number }} MessageHit */
/** @typedef {{ id: string, filename: string, content_type: string, size: number, status: 'pending' | 'ready' | 'rejected', width?: number, height?: number, duration_ms?: number }} FileObject */
/** `file` is what a command's message carries, to be shown before it is stored. @typedef {{ client_msg_id: string, conversation_id: string, type: string, fields: Record<string, any>, at: string,
 *   state: 'queued' | 'failed', error?: string, code?: string, file?: FileObject }} Command */

export {};
