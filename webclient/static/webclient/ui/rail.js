// @ts-check
// Where one can go: the rail on wide pages, the tabs on phones. A section is one row of the table.
import { incoming } from '../store/contacts.js';
import { totals } from '../store/conversations.js';
import { connection } from '../socket/connection.js';
import { navigate, route } from '../store/router.js';
import { me } from '../store/session.js';
import { hueOf, plainName } from '../store/users.js';
import { t } from '../i18n/index.js';
import { AvatarPicture, letterOf } from './avatar.js';
import { Logo } from './logo.js';
import { html } from './html.js';
import { Icon } from './icons.js';

/** Pages that belong to a section of the rail. @type {Record<string, string>} */
const WITHIN = { 'catch-up': 'agents', 'ai-settings': 'settings' };

/** @type {Array<{ section: string, path: string, icon: string, label: string, count: () => number, low?: boolean }>} */
const SECTIONS = [
  { section: 'chats', path: '/', icon: 'chat', label: 'nav.chats', count: () => totals.value.unread },
  { section: 'contacts', path: '/contacts', icon: 'users', label: 'nav.contacts', count: () => incoming.value.length },
  { section: 'search', path: '/search', icon: 'search', label: 'nav.search', count: () => 0 },
  { section: 'agents', path: '/agents', icon: 'sparkle', label: 'nav.agents', count: () => 0 },
  { section: 'settings', path: '/settings', icon: 'settings', label: 'nav.settings', count: () => 0, low: true },
];

/** @param {{ entry: typeof SECTIONS[number], tab?: boolean }} props */
function Place({ entry, tab = false }) {
  const count = entry.count();
  const { section } = route.value;
  const current = (WITHIN[section] ?? section) === entry.section;
  const label = t(entry.label);
  return html`
    <a class=${tab ? 'tab' : 'rail-place'} href=${entry.path} aria-current=${current ? 'page' : undefined}
      aria-label=${count ? t('nav.withCount', { label, count }) : label} title=${tab ? undefined : label}
      onClick=${(/** @type {MouseEvent} */ event) => follow(event, entry.path)}>
      <span class="place-icon"><${Icon} name=${entry.icon} size=${24} />${count > 0 && html`<span class="badge badge-corner">${count > 99 ? '99+' : count}</span>`}</span>
      ${tab && html`<span class="tab-label">${label}</span>`}
    </a>
  `;
}

/** @param {MouseEvent} event @param {string} path */
export function follow(event, path) {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  navigate(path);
}

export function Rail() {
  const user = me.value;
  return html`
    <nav class="rail" aria-label=${t('nav.main')}>
      <${Logo} />
      ${SECTIONS.filter((entry) => !entry.low).map((entry) => html`<${Place} key=${entry.section} entry=${entry} />`)}
      <span class="spring"></span>
      ${SECTIONS.filter((entry) => entry.low).map((entry) => html`<${Place} key=${entry.section} entry=${entry} />`)}
      ${user && html`
        <a class="rail-me" href="/settings" title=${plainName(user)} aria-label=${t('nav.profile', { name: plainName(user) })}
          onClick=${(/** @type {MouseEvent} */ event) => follow(event, '/settings')}>
          <span class=${`avatar avatar-36 hue-${hueOf(user.id)}`}>${letterOf(plainName(user), true)}<${AvatarPicture} url=${user.avatar_url} />
            ${connection.value.status === 'online' && html`<span class="presence-dot"></span>`}</span>
        </a>`}
    </nav>
  `;
}

export function Tabs() {
  return html`
    <nav class="tabs" aria-label=${t('nav.main')}>
      ${SECTIONS.map((entry) => html`<${Place} key=${entry.section} entry=${entry} tab />`)}
    </nav>
  `;
}
