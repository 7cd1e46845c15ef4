// @ts-check
// Faces: a circle for a person, a rounded square for a group, with the hue of the id and a presence dot.
import { useState } from 'preact/hooks';

import { isPrivate, titleOf } from '../store/conversations.js';
import { isOnline } from '../store/presence.js';
import { hueOf, nameOf, userOf } from '../store/users.js';
import { html } from './html.js';
import { Icon } from './icons.js';

/** The one or two letters that stand for a name: initials in Latin script, otherwise one character. @param {string} name @param {boolean} person */
export function letterOf(name, person) {
  const clean = name.replace(/[^\p{L}\p{N}\s]/gu, '').trim();
  const words = clean.split(/\s+/).filter(Boolean);
  if (!words.length) return '#';
  const [first] = words;
  if (/^\p{Script=Han}/u.test(first)) {
    return person && /^\p{Script=Han}{2,4}$/u.test(clean) ? [...clean].at(-1) ?? '' : [...first][0];
  }
  if (!person || words.length === 1) return [...first][0].toUpperCase();
  return ([...first][0] + [...words[words.length - 1]][0]).toUpperCase();
}

/** The picture over the letters, which stand where there is none or it does not come. @param {{ url?: string | null }} props */
export function AvatarPicture({ url }) {
  const [broken, setBroken] = useState('');
  if (!url || url === broken) return null;
  return html`<img class="avatar-picture" src=${url} alt="" loading="lazy" decoding="async" draggable=${false} onError=${() => setBroken(url)} />`;
}

/** @param {{ id: string, size?: number, dot?: boolean }} props */
export function UserAvatar({ id, size = 36, dot = false }) {
  const user = userOf(id);
  const agent = user?.kind === 'agent';
  const online = dot && isOnline(id);
  return html`
    <span class=${`avatar avatar-${size} hue-${hueOf(id)} ${agent ? 'avatar-agent' : ''}`} aria-hidden="true">
      ${agent ? html`<${Icon} name="sparkle" size=${size / 2} />` : user ? letterOf(nameOf(id), true) : ''}
      <${AvatarPicture} url=${user?.avatar_url} />
      ${online && html`<span class="presence-dot"></span>`}
    </span>
  `;
}

/** @param {{ entry: import('../store/types.js').Conversation, size?: number, dot?: boolean }} props */
export function ConversationAvatar({ entry, size = 44, dot = false }) {
  if (isPrivate(entry) && entry.peer) return html`<${UserAvatar} id=${entry.peer.id} size=${size} dot=${dot} />`;
  return html`
    <span class=${`avatar avatar-${size} avatar-group hue-${hueOf(entry.id)}`} aria-hidden="true">${letterOf(titleOf(entry), false)}<${AvatarPicture} url=${entry.avatar_url} /></span>
  `;
}
