/** The shapes of what devices and passkeys leave as evidence, and how they are read back. */
import { z } from 'zod';
import { GatehouseError } from '../errors.ts';
import { newestOf } from './document_evidence.ts';
import type { Evidence, EvidenceKind } from './journey.ts';

/** `browser`: where the journey began; `phone`: whoever answered its link or captured for it. */
export type DeviceChannel = 'browser' | 'phone';

/** A public key of P-256 as a JWK (RFC 7517), without anything private. */
export const publicJwk = z.strictObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string().max(64), y: z.string().max(64) });
export type PublicJwk = z.infer<typeof publicJwk>;

/** Attribute name to its value as text, before it is hashed with a key. */
export const componentMap = z.record(z.string().max(40), z.string().max(400));
export type ComponentMap = Readonly<z.infer<typeof componentMap>>;

/** Attribute name to the keyed hash of its value (or, for a version, its number): never the values themselves. */
const hashedLook = z.record(z.string().max(40), z.union([z.string().max(100), z.number()]));

/** `device_key`: a key shown by a browser, with what is kept of that browser if it comes to be trusted. */
export const deviceKeyEvidence = z.strictObject({
  channel: z.enum(['browser', 'phone']),
  kind: z.enum(['desktop', 'phone']),
  /** RFC 7638, base64url. */
  thumbprint: z.string(),
  jwk: publicJwk,
  /** What the browser looked like, hashed as devices are kept. Absent where it does not say. */
  look: hashedLook.optional(),
  collectorVersion: z.number().int(),
  /** For people: `Chrome on Windows`. */
  label: z.string().optional(),
  /** Country the address is registered in. */
  country: z.string().optional(),
  at: z.number(),
});
export type DeviceKeyEvidence = z.infer<typeof deviceKeyEvidence>;

/** `known_person`: the account, and the verification it rests on. `profile` has the shape of `ReleasedProfile`. */
export const knownPersonEvidence = z.strictObject({
  accountId: z.string(),
  by: z.enum(['device', 'passkey']),
  /** Of the trust, or of the passkey. */
  trustId: z.string(),
  /** The journey that verified the person: never one in which they were merely known. */
  journeyId: z.string(),
  /** What that journey reached. */
  acr: z.string(),
  profile: z.looseObject({ phone: z.string(), phoneVerified: z.boolean() }),
  /** A carrier or identity record matched this phone (E.164) to the person: a link may be sent to it. */
  linkPhone: z.string().optional(),
  at: z.number(),
});
export type KnownPersonEvidence = z.infer<typeof knownPersonEvidence>;

/** `device_proof`: the bound key signed a fresh challenge. */
export const deviceProofEvidence = z.strictObject({
  deviceId: z.string(),
  /** Whom the device is trusted for here. */
  accountId: z.string(),
  /** `hardware`: the browser keeps the key in hardware and says so by its own protocol. */
  key: z.enum(['software', 'hardware']),
  band: z.enum(['same', 'drifted', 'not_compared']),
  at: z.number(),
});
export type DeviceProofEvidence = z.infer<typeof deviceProofEvidence>;

/** `passkey_proof`: a passkey signed, with the person verified by its authenticator or merely present. */
export const passkeyProofEvidence = z.strictObject({
  passkeyId: z.string(),
  /** Whose passkey it is. */
  accountId: z.string(),
  /** `multiDevice` passkeys are synchronised, and so are not one device. */
  deviceType: z.enum(['singleDevice', 'multiDevice']),
  userVerified: z.boolean(),
  at: z.number(),
});
export type PasskeyProofEvidence = z.infer<typeof passkeyProofEvidence>;

function read<T>(schema: z.ZodType<T>, evidence: readonly Evidence[], kind: EvidenceKind): T | undefined {
  const found = newestOf(evidence, kind);
  if (!found) return undefined;
  const parsed = schema.safeParse(found.data.open());
  if (!parsed.success) throw new GatehouseError('evidence_unreadable', 500, `recorded evidence ${kind} does not have its shape`);
  return parsed.data;
}

/** The newest of its kind, opened; undefined where there is none. @throws GatehouseError `evidence_unreadable` */
export const knownPersonOf = (evidence: readonly Evidence[]): KnownPersonEvidence | undefined => read(knownPersonEvidence, evidence, 'known_person');
/** @throws GatehouseError `evidence_unreadable` */
export const deviceProofOf = (evidence: readonly Evidence[]): DeviceProofEvidence | undefined => read(deviceProofEvidence, evidence, 'device_proof');
/** @throws GatehouseError `evidence_unreadable` */
export const passkeyProofOf = (evidence: readonly Evidence[]): PasskeyProofEvidence | undefined => read(passkeyProofEvidence, evidence, 'passkey_proof');

/** The keys shown in this journey, the newest of each channel. @throws GatehouseError `evidence_unreadable` */
export function deviceKeysOf(evidence: readonly Evidence[]): readonly DeviceKeyEvidence[] {
  const all = evidence.filter(({ kind }) => kind === 'device_key').map(({ data }) => {
    const parsed = deviceKeyEvidence.safeParse(data.open());
    if (!parsed.success) throw new GatehouseError('evidence_unreadable', 500, 'recorded evidence device_key does not have its shape');
    return parsed.data;
  });
  return (['browser', 'phone'] as const).flatMap((channel) => all.findLast((one) => one.channel === channel) ?? []);
}
