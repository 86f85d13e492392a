import { domainToASCII } from 'node:url';

/**
 * What two spellings of one e-mail address have in common: composed characters (NFC), lower case, and the host as the
 * DNS has it (`bücher.example` is `xn--bcher-kva.example`). It is only for comparing: people see their own spelling.
 *
 * Some characters decompose when they are lower-cased (`İ`), so they are composed once more.
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
