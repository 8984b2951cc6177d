import type { EvidenceKind } from './journey.ts';

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
  { acr: 'urn:gatehouse:acr:phone', sets: [['identity_match', 'phone_possession']] },
  { acr: 'urn:gatehouse:acr:match', sets: [['identity_match']] },
  { acr: 'urn:gatehouse:acr:kba', sets: [['claimed_identity', 'kba']] },
];

/** Every `acr` value this server can answer with, strongest first. */
export const ACR_VALUES: readonly string[] = LEVELS.map((level) => level.acr);

/** The strongest level that the evidence reaches; undefined where it reaches none. */
export function levelOf(kinds: readonly EvidenceKind[]): string | undefined {
  return LEVELS.find((level) => level.sets.some((set) => set.every((kind) => kinds.includes(kind))))?.acr;
}

/** Authentication method references of RFC 8176, by the evidence that earns them. */
const METHODS: readonly (readonly [EvidenceKind, string])[] = [
  ['session', 'rba'],
  ['phone_possession', 'sms'],
  ['face_match', 'face'],
  ['kba', 'kba'],
];

/** The `amr` of a journey: what was done this time, in a stable order. */
export function methodsOf(kinds: readonly EvidenceKind[]): readonly string[] {
  return METHODS.filter(([kind]) => kinds.includes(kind)).map(([, method]) => method);
}

/** Whether a reached level is at least as strong as one asked for; a level nobody knows is never satisfied. */
export function satisfies(reached: string | undefined, asked: string): boolean {
  if (reached === undefined) return false;
  const have = ACR_VALUES.indexOf(reached);
  const want = ACR_VALUES.indexOf(asked);
  return have >= 0 && want >= 0 && have <= want;
}
