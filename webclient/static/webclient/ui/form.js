// @ts-check
// Fields with their label, hint and error, and a form's sending state.
import { useId, useState } from 'preact/hooks';

import { explain } from '../store/toasts.js';
import { t } from '../i18n/index.js';
import { html } from './html.js';
import { Icon } from './icons.js';

/**
 * @param {{ label: string, value: string, onInput: (value: string) => void, type?: string, error?: string, hint?: string, aside?: any,
 *   autocomplete?: string, autofocus?: boolean, maxlength?: number, required?: boolean, placeholder?: string, name?: string, rows?: number }} props `rows` of text make it a field of several lines
 */
export function Field({ label, value, onInput, type = 'text', error, hint, aside, rows, ...rest }) {
  const id = useId();
  const [shown, setShown] = useState(false);
  const secret = type === 'password';
  const common = {
    ...rest, id, value, 'aria-invalid': !!error, 'aria-describedby': error || hint ? `${id}-note` : undefined,
    onInput: (/** @type {any} */ event) => onInput(event.currentTarget.value),
  };
  return html`
    <div class="field" data-error=${!!error}>
      <div class="field-head"><label class="field-label" for=${id}>${label}</label>${aside}</div>
      <div class="field-box">
        ${rows ? html`<textarea rows=${rows} ...${common}></textarea>` : html`<input type=${secret && shown ? 'text' : type} autocapitalize="none" spellcheck=${false} ...${common} />`}
        ${secret && html`<button type="button" class="icon-button icon-button-small" aria-label=${t(shown ? 'auth.hidePassword' : 'auth.showPassword')} aria-pressed=${shown} onClick=${() => setShown(!shown)}><${Icon} name=${shown ? 'eyeOff' : 'eye'} /></button>`}
      </div>
      ${(error || hint) && html`<p id=${`${id}-note`} class=${error ? 'field-error' : 'hint'}>${error || hint}</p>`}
    </div>
  `;
}

/**
 * A form's state: whether it is being sent, and the errors of its fields and as a whole.
 * @returns {{ busy: boolean, errors: Record<string, string>, failure: string, submit: (event: Event, work: () => Promise<unknown>) => Promise<boolean> }}
 */
export function useForm() {
  const [busy, setBusy] = useState(false);
  const [errors, setErrors] = useState(/** @type {Record<string, string>} */ ({}));
  const [failure, setFailure] = useState('');
  /** @param {Event} event @param {() => Promise<unknown>} work */
  const submit = async (event, work) => {
    event.preventDefault();
    setBusy(true);
    setErrors({});
    setFailure('');
    try {
      await work();
      return true;
    } catch (error) {
      const fields = fieldErrors(error);
      setErrors(fields);
      setFailure(Object.keys(fields).length ? '' : explain(error));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, errors, failure, submit };
}

/** @param {any} error @returns {Record<string, string>} the errors that name a field */
function fieldErrors(error) {
  const source = error?.details?.fields ?? error?.details ?? {};
  /** @type {Record<string, string>} */
  const found = {};
  for (const name of ['username', 'password', 'display_name', 'email', 'old_password', 'new_password', 'token']) {
    const value = source[name];
    if (value) found[name] = Array.isArray(value) ? value.join(' ') : String(value);
  }
  return found;
}

/** @param {{ text: string }} props */
export function FormError({ text }) {
  return text ? html`<div class="form-error" role="alert"><${Icon} name="alert" size=${18} /><span>${text}</span></div>` : null;
}
