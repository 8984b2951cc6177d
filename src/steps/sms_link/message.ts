/**
 * The text message: brand and purpose first, the link last with nothing after it, all in the GSM 7-bit alphabet so that
 * it stays one part of 160 characters in every language.
 */
const TEXTS: Readonly<Record<string, (app: string, minutes: number, link: string) => string>> = {
  en: (app, minutes, link) => `${app}: confirm it is you, on this phone, within ${minutes} min. We never call for this. ${link}`,
  es: (app, minutes, link) => `${app}: confirma que eres tu, en este telefono, en ${minutes} min. Nunca te llamamos por esto. ${link}`,
};

/** One part of a GSM-7 message, in characters. */
export const ONE_PART = 160;

/**
 * Compose the message. The application's name is folded to plain letters and shortened until everything fits one part.
 *
 * @throws RangeError where the link alone leaves no room: the issuer's address is too long for text messages
 */
export function composeMessage(locale: string, appName: string, lifetimeSeconds: number, link: string): string {
  const write = TEXTS[locale] ?? TEXTS['en'];
  if (!write) throw new RangeError('no message text');
  const minutes = Math.max(1, Math.floor(lifetimeSeconds / 60));
  const room = ONE_PART - write('', minutes, link).length;
  if (room < 3) throw new RangeError('the issuer address is too long to fit a text message');
  return write(plainName(appName).slice(0, room).trimEnd(), minutes, link);
}

/** Letters, digits and a few signs that cost one GSM-7 character each; no dot, so that no name reads as a link. */
function plainName(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').replace(/[^A-Za-z0-9 '&-]/g, ' ').replace(/\s+/g, ' ').trim();
  return plain === '' ? 'Identity check' : plain;
}
