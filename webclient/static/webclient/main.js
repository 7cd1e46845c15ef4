// @ts-check
// Starts the client: take up the session, keep the page in step with the server, draw.
import { render } from 'preact';

import { resume } from './store/session.js';
import { followSession } from './store/sync.js';
import { App } from './ui/app.js';
import { html } from './ui/html.js';
import { listenForShortcuts } from './ui/shortcuts.js';

const root = document.getElementById('app');
if (root) render(html`<${App} />`, root);
listenForShortcuts();
followSession();
void resume();
