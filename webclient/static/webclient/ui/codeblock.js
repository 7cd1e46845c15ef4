// @ts-check
// Code as it was written, with a way to copy it.
import { toast } from '../store/toasts.js';
import { t } from '../i18n/index.js';
import { copyText } from './clipboard.js';
import { html } from './html.js';
import { Icon } from './icons.js';

/** @param {{ code: string, language: string }} props */
export function CodeBlock({ code, language }) {
  const copy = async () => toast(t((await copyText(code)) ? 'action.copied' : 'action.copyFailed'));
  return html`
    <div class="code-block">
      <div class="code-head"><span>${language || t('message.code')}</span>
        <button type="button" class="icon-button icon-button-small" aria-label=${t('message.copyCode')} title=${t('message.copyCode')} onClick=${copy}><${Icon} name="copy" size=${14} /></button>
      </div>
      <pre tabindex="0"><code>${code}</code></pre>
    </div>
  `;
}
