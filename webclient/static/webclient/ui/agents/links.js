// @ts-check
// Addresses that AI has written lead nowhere by themselves: a person reads where they go and says yes.
import { t } from '../../i18n/index.js';
import { confirm } from '../overlays.js';

/** @param {string} target */
export async function askBeforeOpening(target) {
  if (await confirm({ title: t('answer.linkAsk'), text: target, action: t('answer.linkOpen') })) window.open(target, '_blank', 'noopener,noreferrer');
}
