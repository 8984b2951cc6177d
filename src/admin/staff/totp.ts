/** Codes of an authenticator app (RFC 6238): six digits, 30 seconds, SHA-1, which is what every app can do. Pure but for new secrets. */
import { Secret, TOTP } from 'otpauth';
import { Personal } from '../../personal.ts';

const PERIOD = 30;
/** Steps before and after the present one that count: a phone's clock may be that wrong. */
const WINDOW = 1;

/** 160 bits, as RFC 4226 section 4 recommends. Base32. */
export function newTotpSecret(): Personal<string> {
  return Personal.of(new Secret({ size: 20 }).base32);
}

/** What the QR code says to the app. */
export function totpUri(secret: Personal<string>, label: string): string {
  return totpOf(secret, label).toString();
}

/** The time step whose code this is; undefined where it is none of the present ones. Whether it was taken before is the store's to say. */
export function totpStep(secret: Personal<string>, code: string, now: number): number | undefined {
  const digits = code.replace(/\s/g, '');
  if (!/^\d{6}$/.test(digits)) return undefined;
  const delta = totpOf(secret, '').validate({ token: digits, timestamp: now, window: WINDOW });
  return delta === null ? undefined : Math.floor(now / 1000 / PERIOD) + delta;
}

/** In groups of four, to be typed by hand. */
export function grouped(secret: Personal<string>): string {
  return (secret.open().match(/.{1,4}/g) ?? []).join(' ');
}

function totpOf(secret: Personal<string>, label: string): TOTP {
  return new TOTP({ issuer: 'Gatehouse', label: label === '' ? 'staff' : label, secret: Secret.fromBase32(secret.open()), algorithm: 'SHA1', digits: 6, period: PERIOD });
}
