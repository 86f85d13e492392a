import { signal } from '@preact/signals';
import { areKeysAtRest } from '../keys/at-rest.js';
import { navigate, to } from '../router/router.js';
import { VIEWS } from './views.js';

export const isKeyListOpen = signal(false);

/** How long the letter after `g` may take, in ms. */
const SEQUENCE_MS = 1_200;
let begun: number | undefined;

/** The keys that hold everywhere. A view adds its own by `useKeys`. */
export function listenToKeys(): void {
  document.addEventListener('keydown', (event) => {
    if (areKeysAtRest(event)) return;
    const isSecond = begun !== undefined && performance.now() - begun < SEQUENCE_MS;
    begun = undefined;
    if (isSecond) return goTo(event);
    if (event.key === 'g') begun = performance.now();
    if (event.key === '?') isKeyListOpen.value = true;
    if (event.key === '/') focusSearch(event);
  });
}

function goTo(event: KeyboardEvent): void {
  const found = Object.entries(VIEWS).find(([, { key }]) => key === event.key);
  if (found === undefined) return;
  event.preventDefault();
  navigate(to(found[0]));
}

function focusSearch(event: KeyboardEvent): void {
  event.preventDefault();
  document.querySelector<HTMLInputElement>('#search')?.select();
}
