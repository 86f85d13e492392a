import { brokerUrlsOf, SECRET, type SettingName } from './settings.js';

const MASK = '***';

/** A setting in the form in which it may be shown: a URL without its passwords, no value of another secret. */
export function masked(name: SettingName, value: string | number): string | number {
  if (name === 'JETSTREAM_URL') return brokerUrlsOf(String(value)).map(withoutToken).join(',');
  if (name.endsWith('_URL')) return withoutPasswords(String(value));
  return SECRET.has(name) ? MASK : value;
}

/** In the URL of a broker, a user without a password is a token. */
function withoutToken(text: string): string {
  const shown = withoutPasswords(text);
  if (shown === MASK) return shown;
  const url = new URL(shown);
  if (url.password === '' && url.username !== '') url.username = MASK;
  return url.href;
}

function withoutPasswords(text: string): string {
  if (!URL.canParse(text)) return MASK;
  const url = new URL(text);
  if (url.host === '') return MASK; // "eve:secret at the db" is a URL, with the scheme "eve"
  if (url.password !== '') url.password = MASK;
  for (const parameter of new Set(url.searchParams.keys())) {
    if (/pass|secret|token|key/i.test(parameter)) url.searchParams.set(parameter, MASK);
  }
  return url.href;
}
