/**
 * Finds the number of a card or a bank account in a "token of a means of payment". Such a number must never be stored:
 * the log keeps events for ever, and backups copy them. A card number in the log makes the log and all copies a matter
 * of PCI DSS.
 */

/**
 * 12 to 19 digits (ISO/IEC 7812-1; 12 are the shortest in use, of Maestro), up to three separators between any two of
 * them, and no letter or digit beside them.
 */
const DIGITS = /(?<![\p{L}\p{N}_])\d(?:[ ./-]{0,3}\d){11,18}(?![\p{L}\p{N}_])/gu;
/** A usual token (RFC 9562). Of 850 random ones, one has groups of digits alone that pass for the number of a card. */
const UUID = /(?<![\p{L}\p{N}_-])[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}(?![\p{L}\p{N}_-])/giu;
/** Country, check digits and account (ISO 13616), together or in groups. */
const IBAN = /(?<![\p{L}\p{N}_-])[A-Z]{2}\d{2}(?:[ -]?[A-Z\d]){11,30}(?![\p{L}\p{N}_-])/gu;

/** Whether a text contains a card number or an IBAN. */
export function hasAccountNumber(text: string): boolean {
  const plain = text
    .normalize('NFKC')
    .replace(/\p{Pd}/gu, '-')
    .replace(/\s/gu, ' ')
    .replace(UUID, 'token');
  return (
    found(DIGITS, plain).some((number) => isCardNumber(number)) ||
    found(IBAN, plain).some((number) => isIban(number))
  );
}

const found = (pattern: RegExp, text: string): string[] =>
  (text.match(pattern) ?? []).map((match) => match.replace(/[ ./-]/g, ''));

/** Checks the check digit of ISO/IEC 7812-1 (H. P. Luhn, US patent 2,950,048). Nine of ten other numbers fail it. */
function isCardNumber(digits: string): boolean {
  const sum = digits
    .split('')
    .toReversed()
    .reduce((total, digit, place) => {
      const value = Number(digit) * (place % 2 === 0 ? 1 : 2);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return sum % 10 === 0 && sum > 0;
}

/**
 * Checks the length for the country and the check digits: the number, with its head moved to the end and letters as 10
 * to 35, is 1 modulo 97.
 */
function isIban(iban: string): boolean {
  if (LENGTHS[iban.slice(0, 2)] !== iban.length) return false;
  const digits = (iban.slice(4) + iban.slice(0, 4)).replace(/[A-Z]/g, (letter) =>
    String(parseInt(letter, 36)),
  );
  return BigInt(digits) % 97n === 1n;
}

/**
 * The lengths in the registry of ISO 13616, by country. A token that only looks like an IBAN seldom has such a length.
 */
const LENGTHS: Readonly<Record<string, number>> = Object.fromEntries(
  (
    'AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27' +
    'GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22' +
    'MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28' +
    'TL23TN24TR26UA29VA22VG24XK20YE30'
  )
    .match(/.{4}/g)!
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);
