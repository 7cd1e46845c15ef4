// @ts-check
// What is wrong with the connection, how long until the next try, and a way not to wait.
import { useEffect, useState } from 'preact/hooks';

import { connect, connection } from '../socket/connection.js';
import { t } from '../i18n/index.js';
import { html } from './html.js';
import { Icon } from './icons.js';

const QUIET_MS = 1_200;

export function ConnectionBanner() {
  const { status, retryAt, attempts } = connection.value;
  const broken = (status === 'waiting' || status === 'connecting') && attempts > 0;
  const [shown, setShown] = useState(false);
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!broken) return setShown(false);
    const show = setTimeout(() => setShown(true), QUIET_MS);
    const tick = setInterval(() => setNow(Date.now()), 500);
    return () => {
      clearTimeout(show);
      clearInterval(tick);
    };
  }, [broken]);
  if (!broken || !shown) return null;
  const seconds = Math.max(1, Math.ceil((retryAt - now) / 1_000));
  return html`
    <div class="banner" role="status">
      <${Icon} name="wifiOff" />
      <span class="banner-text">${status === 'connecting' ? t('connection.connecting') : t('connection.lost', { count: seconds })}</span>
      ${status === 'waiting' && html`<button class="banner-action" onClick=${connect}>${t('connection.now')}</button>`}
    </div>
  `;
}
