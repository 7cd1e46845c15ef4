// @ts-check
// The AI agents that one can ask, and what else AI does here.
import { useEffect, useState } from 'preact/hooks';

import { agents, loadAgents, openAgent } from '../../store/agents.js';
import { openConversation } from '../../store/router.js';
import { attempt } from '../../store/toasts.js';
import { t } from '../../i18n/index.js';
import { UserAvatar } from '../avatar.js';
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { follow } from '../rail.js';

/** @typedef {import('../../store/agents.js').Agent} Agent */

export function AgentsPane() {
  const [failed, setFailed] = useState(false);
  const load = () => {
    setFailed(false);
    loadAgents().catch(() => setFailed(true));
  };
  useEffect(load, []);
  const rows = agents.value;
  return html`
    <main class="page">
      <header class="page-header"><h1>${t('nav.agents')}</h1></header>
      <div class="page-scroll"><div class="page-column">
        <section class="card">
          <h2>${t('agents.ask')}</h2>
          ${!rows && !failed && html`<div class="skeleton skeleton-block"></div>`}
          ${failed && !rows && html`<div class="person-line"><span class="person-row person-still hint">${t('agents.failed')}</span><button class="button" onClick=${load}>${t('app.tryAgain')}</button></div>`}
          ${rows?.length === 0 && html`<p class="hint">${t('agents.none')}</p>`}
          ${rows?.map((agent) => html`<${AgentRow} key=${agent.id} agent=${agent} />`)}
        </section>
        <section class="card">
          <h2>${t('agents.more')}</h2>
          <${Way} path="/catch-up" icon="listChecks" title=${t('brief.title')} text=${t('agents.catchUp')} />
          <${Way} path="/settings/ai" icon="shield" title=${t('ledger.title')} text=${t('agents.ledger')} />
        </section>
      </div></div>
    </main>
  `;
}

/** @param {{ agent: Agent }} props */
function AgentRow({ agent }) {
  const open = async () => {
    const row = await attempt(() => openAgent(agent.id));
    if (row) openConversation(row.id);
  };
  return html`
    <div class="person-line">
      <button class="person-row agent-row" onClick=${open}>
        <${UserAvatar} id=${agent.id} size=${44} />
        <span class="person-names"><span class="person-name">${agent.name} <span class="tag tag-accent">${t('person.agent')}</span></span><span class="person-sub agent-about">${agent.description}</span></span>
      </button>
      <button class="button button-soft" aria-label=${t('agents.open', { name: agent.name })} onClick=${open}>${t('agents.askThis')}</button>
    </div>
  `;
}

/** @param {{ path: string, icon: string, title: string, text: string }} props */
export function Way({ path, icon, title, text }) {
  return html`
    <div class="person-line">
      <a class="person-row way" href=${path} onClick=${(/** @type {MouseEvent} */ event) => follow(event, path)}>
        <span class="invite-mark"><${Icon} name=${icon} /></span>
        <span class="person-names"><span class="person-name">${title}</span><span class="person-sub agent-about">${text}</span></span>
        <${Icon} name="forward" size=${18} />
      </a>
    </div>
  `;
}
