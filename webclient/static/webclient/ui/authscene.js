// @ts-check
// The frame of the pages before signing in: the choice of language, and beside the form what the product is for, shown rather than told.
import { chooseLanguage, language } from '../store/prefs.js';
import { t } from '../i18n/index.js';
import { html } from './html.js';
import { Logo } from './logo.js';
import { Segmented } from './segmented.js';
import { Tick } from './tick.js';

/** @param {{ children?: any }} props */
export function AuthFrame({ children }) {
  return html`
    <div class="auth">
      <${AuthScene} />
      <main class="auth-main">
        <div class="auth-top">
          <span class="auth-brand"><${Logo} size=${32} />GoChat</span>
          <${Segmented} label=${t('settings.language')} value=${language.value} onChange=${chooseLanguage} options=${[['zh-CN', '简体中文'], ['en', 'English']]} />
        </div>
        <div class="auth-form">${children}</div>
      </main>
    </div>
  `;
}

function AuthScene() {
  return html`
    <aside class="auth-scene">
      <div class="auth-brand"><${Logo} />GoChat</div>
      <div class="auth-pitch">
        <p class="auth-slogan"><span lang="en">Say it in either language.</span><br /><span lang="zh-CN">说你习惯的语言。</span></p>
        <p class="auth-lead">${t('auth.lead')}</p>
        <div class="auth-sample" aria-hidden="true">
          <div class="sample-line"><span class="avatar avatar-36 hue-7">夏</span><div><span class="sender-name hue-text-7" lang="zh-CN">林知夏</span><div class="bubble" lang="zh-CN"><div class="bubble-text"><p>上周那份限流方案放哪儿了？</p><span class="bubble-meta">10:02</span></div></div></div></div>
          <div class="sample-line sample-own"><div class="bubble bubble-own" lang="en"><div class="bubble-text"><p>In the gateway notes. Sending you the link.</p><span class="bubble-meta">10:02<${Tick} state="read" /></span></div></div></div>
          <div class="sample-line"><span class="avatar avatar-36 hue-7">夏</span><div class="bubble" lang="zh-CN"><div class="bubble-text"><p>找到了，谢谢 🙌</p><span class="bubble-meta">10:03</span></div></div></div>
        </div>
      </div>
    </aside>
  `;
}
