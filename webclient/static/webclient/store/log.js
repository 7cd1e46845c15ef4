// @ts-check
// One conversation's log as far as this page holds it: a window of messages, and the seq up to which every event was applied.
// Events may come twice, late or with gaps; what is applied is always a gapless prefix, so pages converge to the database.
import { batch, signal } from '@preact/signals';

import { applyToMessages, insertMessage } from './events.js';

/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').LogEvent} LogEvent */

export const PAGE = 50;
const MOST_KEPT = 400;

export class ConversationLog {
  /** @param {string} id @param {(event: LogEvent) => void} onApplied called for each event once, in order */
  constructor(id, onApplied) {
    this.id = id;
    this.onApplied = onApplied;
    this.messages = signal(/** @type {Message[]} */ ([]));
    this.state = signal(/** @type {'empty' | 'loading' | 'ready' | 'error'} */ ('empty'));
    this.hasBefore = signal(false);
    /** Whether newer messages exist that the window does not show, because it looks at an older part. */
    this.hasAfter = signal(false);
    /** How many messages of others came while the window did not reach the end. */
    this.missed = signal(0);
    /** The highest seq up to which every event was applied. */
    this.applied = 0;
    /** @type {Map<number, LogEvent>} events that wait for an earlier one */
    this.held = new Map();
  }

  /** Forget the window; the next load starts anew. */
  reset() {
    batch(() => {
      this.messages.value = [];
      this.state.value = 'empty';
      this.hasBefore.value = this.hasAfter.value = false;
      this.missed.value = 0;
    });
    this.applied = 0;
  }

  /**
   * Take a first page: what the window shows from now on.
   * @param {{ results: Message[], has_before: boolean, has_after: boolean, as_of_seq: number }} page
   */
  open(page) {
    batch(() => {
      this.messages.value = page.results;
      this.hasBefore.value = page.has_before;
      this.hasAfter.value = page.has_after;
      this.missed.value = 0;
      this.state.value = 'ready';
      if (page.as_of_seq > this.applied) this.applied = page.as_of_seq;
      this.drain();
    });
  }

  /** @param {{ results: Message[], has_before: boolean }} page older than the window */
  prepend(page) {
    batch(() => {
      const merged = page.results.reduce(insertMessage, this.messages.value);
      this.hasBefore.value = page.has_before;
      if (merged.length > MOST_KEPT) {
        this.messages.value = merged.slice(0, MOST_KEPT);
        this.hasAfter.value = true;
      } else this.messages.value = merged;
    });
  }

  /** @param {{ results: Message[], has_after: boolean }} page newer than the window */
  append(page) {
    batch(() => {
      const merged = page.results.reduce(insertMessage, this.messages.value);
      this.hasAfter.value = page.has_after;
      if (!page.has_after) this.missed.value = 0;
      if (merged.length > MOST_KEPT) {
        this.messages.value = merged.slice(-MOST_KEPT);
        this.hasBefore.value = true;
      } else this.messages.value = merged;
    });
  }

  /** Keep the newest part alone, for a log that nobody looks at. */
  trim() {
    if (this.hasAfter.value || this.messages.value.length <= PAGE * 2) return;
    this.messages.value = this.messages.value.slice(-PAGE * 2);
    this.hasBefore.value = true;
  }

  /**
   * Take an event, in any order.
   * @param {LogEvent} event
   * @returns {boolean} whether events before it are missing
   */
  offer(event) {
    if (event.seq <= this.applied) return false;
    this.held.set(event.seq, event);
    if (this.state.value !== 'ready') return false;
    batch(() => this.drain());
    return this.held.size > 0;
  }

  /** Apply what is held for as long as it follows without a gap. */
  drain() {
    for (const seq of this.held.keys()) if (seq <= this.applied) this.held.delete(seq);
    for (let event = this.held.get(this.applied + 1); event; event = this.held.get(this.applied + 1)) {
      this.held.delete(event.seq);
      this.applied = event.seq;
      this.apply(event);
    }
  }

  /** @param {LogEvent} event */
  apply(event) {
    const isMessage = event.event === 'message-stored' || SHOWN_AS_SYSTEM.has(event.event);
    if (isMessage && this.hasAfter.value) {
      if (event.event === 'message-stored') this.missed.value += 1;
    } else {
      this.messages.value = applyToMessages(this.messages.value, this.id, event);
    }
    this.onApplied(event);
  }

  /** @param {string} messageId */
  find(messageId) {
    return this.messages.value.find((message) => message.message_id === messageId);
  }
}

/** Events that stand in the history as a `system` message with the same seq. */
export const SHOWN_AS_SYSTEM = new Set(['member-joined', 'member-left', 'member-removed']);
