/** The rule for the URL of a node, in words. */
export const BROKER_URL_RULE =
  'such as nats://user:password@host:4222 or tls://token@host:4222, with user, password and token percent-encoded';

const SCHEMES = ['nats:', 'tls:'];

/** What the connection can be made by. A password without a user would be of no use to any node. */
export function isBrokerUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  const hasUser = username !== '' || password === '';
  return SCHEMES.includes(protocol) && hostname !== '' && hasUser && [username, password].every(isEncoded);
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
