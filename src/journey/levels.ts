import { deviceProofOf, passkeyProofOf } from './device_evidence.ts';
import type { Evidence, EvidenceKind } from './journey.ts';
import { ofOnePerson } from './one_person.ts';

interface Level {
  /** The `acr` value. */
  readonly acr: string;
  /** Any one of these sets of evidence reaches the level. */
  readonly sets: readonly (readonly EvidenceKind[])[];
}

/**
 * How strongly the person was established in this journey, strongest first. These say how the login was done (`acr`);
 * what was proven about the person stays apart (SPEC 6). A new level is a new row.
 */
export const LEVELS: readonly Level[] = [
  // Read and compared by this gateway; authenticity of the document is not verified, and no name of a scheme is claimed.
  { acr: 'urn:gatehouse:acr:document', sets: [['document', 'face_match', 'liveness']] },
  // Somebody on the staff looked at the document and its holder, where the rules had a doubt. It establishes a person by
  // a document, which is more than records of a phone do; and less than a document whose checks all passed as well.
  { acr: 'urn:gatehouse:acr:reviewed', sets: [['document_attempt', 'review']] },
  // A known person's phone was matched to them when they were verified; now it is in hand again.
  { acr: 'urn:gatehouse:acr:phone', sets: [['claimed_identity', 'identity_match', 'phone_possession'], ['known_person', 'phone_possession']] },
  { acr: 'urn:gatehouse:acr:match', sets: [['claimed_identity', 'identity_match']] },
  { acr: 'urn:gatehouse:acr:kba', sets: [['claimed_identity', 'kba']] },
  // How somebody came back. They establish nobody anew, so they never satisfy a request for what does.
  { acr: 'urn:gatehouse:acr:passkey', sets: [['known_person', 'passkey_proof']] },
  { acr: 'urn:gatehouse:acr:device', sets: [['known_person', 'device_proof']] },
];

/** Every `acr` value this server can answer with, strongest first. */
export const ACR_VALUES: readonly string[] = LEVELS.map((level) => level.acr);

/**
 * The strongest level that the evidence reaches; undefined where it reaches none. Proofs of different people reach none
 * together.
 *
 * @throws GatehouseError `evidence_unreadable`
 */
export function levelOf(evidence: readonly Evidence[]): string | undefined {
  return levelBy(ofOnePerson(evidence).map(({ kind }) => kind));
}

/** What evidence of these kinds reaches where all of it is about one person. */
export function levelBy(kinds: readonly EvidenceKind[]): string | undefined {
  return LEVELS.find((level) => level.sets.some((set) => set.every((kind) => kinds.includes(kind))))?.acr;
}

/** Authentication method references of RFC 8176, by the evidence that earns them. */
const METHODS: readonly (readonly [EvidenceKind, string])[] = [
  ['session', 'rba'],
  ['phone_possession', 'sms'],
  ['face_match', 'face'],
  ['kba', 'kba'],
];

/** What kind of factor a method is: two different ones make `mfa`. Two things somebody has are still one kind. */
const FACTORS: Readonly<Record<string, 'has' | 'knows' | 'is'>> = { sms: 'has', swk: 'has', hwk: 'has', face: 'is', kba: 'knows' };

/**
 * The `amr` of a journey: what was done this time, in a stable order. `swk` and `hwk` say where the key that signed is
 * kept, `pop` that it signed a challenge of ours. A passkey whose authenticator verified the person is two factors.
 *
 * @throws GatehouseError `evidence_unreadable`
 */
export function methodsOf(evidence: readonly Evidence[]): readonly string[] {
  const kinds = new Set(evidence.map(({ kind }) => kind));
  const [device, passkey] = [deviceProofOf(evidence), passkeyProofOf(evidence)];
  const keys = new Set([
    ...(device ? [device.key === 'hardware' ? 'hwk' : 'swk'] : []),
    // A synchronised passkey has left the hardware that made it.
    ...(passkey ? [passkey.deviceType === 'singleDevice' ? 'hwk' : 'swk'] : []),
  ]);
  const done = [
    ...METHODS.filter(([kind]) => kinds.has(kind)).map(([, method]) => method),
    ...(['swk', 'hwk'] as const).filter((method) => keys.has(method)),
    ...(keys.size > 0 ? ['pop'] : []),
    ...(passkey ? ['user'] : []),
  ];
  const factors = new Set(done.flatMap((method) => FACTORS[method] ?? []));
  return factors.size > 1 || passkey?.userVerified === true ? [...done, 'mfa'] : done;
}

/** Whether a reached level is at least as strong as one asked for; a level nobody knows is never satisfied. */
export function satisfies(reached: string | undefined, asked: string): boolean {
  if (reached === undefined) return false;
  const have = ACR_VALUES.indexOf(reached);
  const want = ACR_VALUES.indexOf(asked);
  return have >= 0 && want >= 0 && have <= want;
}
