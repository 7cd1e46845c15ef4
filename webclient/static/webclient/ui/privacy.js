// @ts-check
// Who may write to the caller, add them to groups, find them, and see when they were last here.
import { me, updateMe } from '../store/session.js';
import { attempt } from '../store/toasts.js';
import { t } from '../i18n/index.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { Segmented, Switch } from './segmented.js';

/** The settings of the contract: icon, and the circles that the server knows. @type {Array<['direct' | 'groups' | 'last_seen', string, string[]]>} */
const CIRCLES = [
  ['direct', 'chat', ['everyone', 'friends']],
  ['groups', 'users', ['everyone', 'friends']],
  ['last_seen', 'clock', ['everyone', 'friends', 'nobody']],
];

export function Privacy() {
  const privacy = me.value?.privacy;
  if (!privacy) return null;
  const set = (/** @type {string} */ name) => (/** @type {unknown} */ value) => void attempt(() => updateMe({ privacy: { [name]: value } }));
  return html`
    <section class="card">
      <h2>${t('privacy.title')}</h2>
      ${CIRCLES.map(([name, icon, circles]) => html`
        <div key=${name} class="setting"><span><${Icon} name=${icon} />${t(`privacy.${name}`)}</span>
          <${Segmented} label=${t(`privacy.${name}`)} value=${privacy[name]} onChange=${set(name)} options=${circles.map((circle) => [circle, t(`privacy.to.${circle}`)])} /></div>`)}
      <${Switch} label=${t('privacy.searchable')} hint=${t('privacy.searchableHint')} icon="search" on=${privacy.searchable} onChange=${set('searchable')} />
    </section>
  `;
}
