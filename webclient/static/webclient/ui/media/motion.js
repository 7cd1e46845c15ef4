// @ts-check
// Whether the person wants things to stand still.
import { signal } from '@preact/signals';

const media = matchMedia('(prefers-reduced-motion: reduce)');

export const still = signal(media.matches);
media.addEventListener('change', () => (still.value = media.matches));
