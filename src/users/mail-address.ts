import { domainToASCII } from 'node:url';

/**
 * The one form of all spellings of an e-mail address: composed characters (NFC), lower case, and the host in the form
 * of the DNS (`bücher.example` is `xn--bcher-kva.example`). It is only for comparisons: people see their own spelling.
 *
 * Some characters decompose in lower case (`İ`), so the result is composed once more.
 */
export function comparableAddress(email: string): string {
  const at = email.lastIndexOf('@');
  const local = email.slice(0, at).normalize('NFC').toLowerCase().normalize('NFC');
  const host = email
    .slice(at + 1)
    .normalize('NFC')
    .toLowerCase();
  return `${local}@${domainToASCII(host) || host}`;
}
