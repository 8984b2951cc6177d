/**
 * The text message: brand and purpose first, the link last with nothing after it, all in the GSM 7-bit alphabet so that
 * it stays one part of 160 characters in every language.
 */
type Wording = (app: string, minutes: number, link: string) => string;

type Texts = Readonly<Record<string, readonly Wording[]>>;

/** From the fullest wording to the barest: where a long address takes the room, words give way first. */
const CONFIRM: Texts = {
  en: [
    (app, minutes, link) => `${app}: confirm it is you, on this phone, within ${minutes} min. We never call for this. ${link}`,
    (app, minutes, link) => `${app}: confirm it is you within ${minutes} min. ${link}`,
    (app, _minutes, link) => `${app}: ${link}`,
  ],
  es: [
    (app, minutes, link) => `${app}: confirma que eres tu, en este telefono, en ${minutes} min. Nunca te llamamos por esto. ${link}`,
    (app, minutes, link) => `${app}: confirma que eres tu en ${minutes} min. ${link}`,
    (app, _minutes, link) => `${app}: ${link}`,
  ],
};

/** The link that hands the capture of a document over to the phone. */
const CAPTURE: Texts = {
  en: [
    (app, minutes, link) => `${app}: photograph your ID with this phone, within ${minutes} min. We never call for this. ${link}`,
    (app, minutes, link) => `${app}: photograph your ID within ${minutes} min. ${link}`,
    (app, _minutes, link) => `${app}: ${link}`,
  ],
  es: [
    (app, minutes, link) => `${app}: fotografia tu documento con este telefono, en ${minutes} min. Nunca te llamamos por esto. ${link}`,
    (app, minutes, link) => `${app}: fotografia tu documento en ${minutes} min. ${link}`,
    (app, _minutes, link) => `${app}: ${link}`,
  ],
};

/** Hours where it is hours, whole days where it is days. */
const span = (minutes: number, day: string): string =>
  (minutes < 120 ? `${minutes} min` : minutes < 2880 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} ${day}`);

/** The link by which somebody goes on whom a reviewer asks for a step again. */
const AGAIN: Texts = {
  en: [
    (app, minutes, link) => `${app}: please do one step of your check again, within ${span(minutes, 'days')}. We never call for this. ${link}`,
    (app, minutes, link) => `${app}: please do one step again, within ${span(minutes, 'days')}. ${link}`,
    (app, _minutes, link) => `${app}: ${link}`,
  ],
  es: [
    (app, minutes, link) => `${app}: repite un paso de tu verificacion, en ${span(minutes, 'dias')}. Nunca te llamamos por esto. ${link}`,
    (app, minutes, link) => `${app}: repite un paso, en ${span(minutes, 'dias')}. ${link}`,
    (app, _minutes, link) => `${app}: ${link}`,
  ],
};

const TEXTS = { confirm: CONFIRM, capture: CAPTURE, again: AGAIN } as const;

/** One part of a GSM-7 message, in characters. */
export const ONE_PART = 160;

/** Characters of a name that are left of it at least, so that it still says who is asking. */
const SHORTEST_NAME = 10;

/**
 * Compose the message. The application's name is folded to plain letters, and wording and name are
 * shortened until everything fits one part.
 *
 * @param purpose what the link is for: to confirm that it is oneself, to capture a document, or to do a step again
 * @throws RangeError where the link alone leaves no room: the issuer's address is too long for text messages
 */
export function composeMessage(locale: string, appName: string, lifetimeSeconds: number, link: string, purpose: keyof typeof TEXTS = 'confirm'): string {
  const minutes = Math.max(1, Math.floor(lifetimeSeconds / 60));
  const name = plainName(appName);
  const texts: Texts = TEXTS[purpose];
  for (const write of texts[locale] ?? texts['en'] ?? []) {
    const room = ONE_PART - write('', minutes, link).length;
    if (room >= Math.min(name.length, SHORTEST_NAME)) return write(name.slice(0, room).trimEnd(), minutes, link);
  }
  throw new RangeError('the issuer address is too long to fit a text message');
}

/** Letters, digits and a few signs that cost one GSM-7 character each; no dot, so that no name reads as a link. */
function plainName(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').replace(/[^A-Za-z0-9 '&-]/g, ' ').replace(/\s+/g, ' ').trim();
  return plain === '' ? 'Identity check' : plain;
}
