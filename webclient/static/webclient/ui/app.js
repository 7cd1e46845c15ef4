// @ts-check
// The frame of the page: sign-in, or rail, list, conversation and details.
import { ban } from '../store/ban.js';
import { narrow } from '../store/prefs.js';
import { openId, route } from '../store/router.js';
import { phase, resume } from '../store/session.js';
import { t } from '../i18n/index.js';
import { CatchUpPage } from './agents/brief.js';
import { AiSettingsPane } from './agents/ledger.js';
import { AgentsPane } from './agents/page.js';
import { AuthPage } from './auth.js';
import { ChatPane, EmptyPane } from './chat.js';
import { ContactsPane } from './contacts.js';
import { JoinPage } from './join.js';
import { Logo } from './logo.js';
import { ListPane } from './list.js';
import { Overlays } from './overlays.js';
import { NewPasswordPage } from './passwordreset.js';
import { Rail, Tabs } from './rail.js';
import { BannedPage } from './reports/banned.js';
import { SearchSection } from './search/section.js';
import { SettingsPane } from './settings.js';
import { Toasts } from './toasts.js';
import { html } from './html.js';

/** What the middle of the page shows in each section; a new section is one line here and one in the rail. */
const SECTIONS = {
  chats: ChatsSection,
  contacts: ContactsPane,
  search: SearchSection,
  agents: AgentsPane,
  'catch-up': CatchUpPage,
  settings: SettingsPane,
  'ai-settings': AiSettingsPane,
  join: JoinPage,
};

export function App() {
  return html`
    <${Page} />
    <${Toasts} />
  `;
}

function Page() {
  if (route.value.section === 'reset-password') return html`<${NewPasswordPage} />`;
  if (phase.value === 'starting') return html`<${Splash} />`;
  if (phase.value === 'offline') return html`<${Offline} />`;
  if (phase.value === 'signed-out') return ban.value ? html`<${BannedPage} />` : html`<${AuthPage} />`;
  const Section = SECTIONS[route.value.section];
  const inChat = !!openId.value;
  return html`
    <div class="shell" data-narrow=${narrow.value} data-in-chat=${inChat}>
      ${!narrow.value && html`<${Rail} />`}
      <${Section} />
      ${narrow.value && !inChat && html`<${Tabs} />`}
      <${Overlays} />
    </div>
  `;
}

function ChatsSection() {
  const id = openId.value;
  const showList = !narrow.value || !id;
  const showChat = !narrow.value || !!id;
  return html`
    ${showList && html`<${ListPane} />`}
    ${showChat && (id ? html`<${ChatPane} key=${id} id=${id} />` : html`<${EmptyPane} />`)}
  `;
}

function Splash() {
  return html`<div class="splash" aria-busy="true"><${Logo} size=${56} /><span class="visually-hidden">${t('app.loading')}</span></div>`;
}

function Offline() {
  return html`
    <div class="splash">
      <${Logo} size=${56} />
      <p>${t('app.offline')}</p>
      <button class="button button-filled" onClick=${() => resume()}>${t('app.tryAgain')}</button>
    </div>
  `;
}
