import { effect, signal } from '@preact/signals';

const KEPT = 'eventfold-token';

/** The bearer token: in memory, and in `sessionStorage` when the person has ticked it. */
export const token = signal<string | undefined>(kept());

export type TokenRequest = 'missing' | 'refused' | 'expired';

/** Why the page asks for a token; undefined while it does not. */
export const tokenRequest = signal<TokenRequest | undefined>(undefined);

/** Whether the service has ever refused a request without a token. */
export const needsToken = signal(false);

export function useToken(text: string, isKept: boolean): void {
  store(isKept ? text : undefined);
  token.value = text;
  tokenRequest.value = undefined;
}

export function forgetToken(): void {
  store(undefined);
  token.value = undefined;
}

/** After an answer 401. The token of that request may have been replaced since. */
export function refuseToken(sent: string | undefined): void {
  if (sent !== token.value) return;
  needsToken.value = true;
  tokenRequest.value = sent === undefined ? 'missing' : isExpired(sent) ? 'expired' : 'refused';
}

/** Longer delays are none for a browser. A token that is valid for longer outlives the page. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** A page that stands open asks at the moment at which its token expires. */
effect(() => {
  const expiry = token.value === undefined ? undefined : expiryOf(token.value);
  if (expiry === undefined || expiry - Date.now() > MAX_DELAY_MS) return undefined;
  const timer = setTimeout(() => (tokenRequest.value = 'expired'), expiry - Date.now());
  return () => clearTimeout(timer);
});

const isExpired = (text: string): boolean => (expiryOf(text) ?? Infinity) <= Date.now();

/** In ms; undefined when the token is no JWT or says nothing of it. */
function expiryOf(text: string): number | undefined {
  try {
    const claims: unknown = JSON.parse(atob(text.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/')));
    const { exp } = claims as { exp?: unknown };
    return typeof exp === 'number' ? exp * 1_000 : undefined;
  } catch {
    return undefined;
  }
}

function kept(): string | undefined {
  try {
    return sessionStorage.getItem(KEPT) ?? undefined;
  } catch {
    return undefined; // a browser may forbid it
  }
}

function store(text: string | undefined): void {
  try {
    if (text === undefined) sessionStorage.removeItem(KEPT);
    else sessionStorage.setItem(KEPT, text);
  } catch {
    // Then the token is in memory alone.
  }
}
