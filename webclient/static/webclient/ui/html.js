// @ts-check
// The one place where htm meets Preact: templates become virtual nodes, never strings of HTML.
import { h } from 'preact';
import htm from 'htm';

export const html = htm.bind(h);
