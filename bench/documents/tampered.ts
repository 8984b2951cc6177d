/** Honest and tampered documents through the reader and the judgement: which of them would be let through. */
import { documentOptions } from '../../src/journey/document_options.ts';
import type { DocumentReader } from '../../src/documents/reader.ts';
import type { DocumentType } from '../../src/documents/facts.ts';
import type { ClaimedIdentity } from '../../src/journey/journey.ts';
import type { JudgedFacts } from '../../src/steps/document_selfie/facts.ts';
import { judge, type Judgement } from '../../src/steps/document_selfie/judge.ts';
import { PEOPLE, photographed, type ConditionName, type PersonName, type SpecimenPerson, type Tamper } from '../../test/support/specimens/index.ts';
import { SIDES } from '../../test/support/specimens/sides.ts';
import { printTable } from '../table.ts';
import { livenessOf, matchOf, selfieOf, type Selfie } from './faces.ts';
import { readPicture } from './read_picture.ts';

const TODAY = '2026-11-22';
const KINDS = { passport: 'passport', licence: 'driving_licence', card: 'identity_card' } as const satisfies Readonly<Record<keyof typeof SIDES, DocumentType>>;
type Kind = keyof typeof KINDS;

interface Case {
  readonly name: string;
  readonly kinds: readonly Kind[];
  readonly tamper?: Tamper;
  readonly condition?: ConditionName;
  /** Only this side is spoilt; the other is honest. */
  readonly only?: 'front' | 'back';
}

const ALL: readonly Kind[] = ['passport', 'licence', 'card'];
const CASES: readonly Case[] = [
  { name: 'check digit printed wrong', kinds: ['passport', 'card'], tamper: 'badCheckDigit' },
  { name: 'birth date edited in the print', kinds: ALL, tamper: 'editedBirthDate' },
  { name: 'expired', kinds: ALL, tamper: 'expired' },
  { name: 'portrait swapped', kinds: ALL, tamper: 'swappedPortrait' },
  { name: 'machine-readable data of another person', kinds: ALL, tamper: 'barcodeOfAnother' },
  { name: 'other family name throughout', kinds: ALL, tamper: 'otherName' },
  { name: 'other family name on the back only', kinds: ['licence', 'card'], tamper: 'otherName', only: 'back' },
  { name: 'photographed from a screen', kinds: ALL, condition: 'recapture' },
];
const HONEST: Case = { name: 'honest', kinds: ALL };

const claimed = (person: SpecimenPerson): ClaimedIdentity => ({
  givenName: person.givenName, familyName: person.familyName, street: person.street, city: person.city, region: person.region,
  postalCode: person.postalCode, country: 'US', phone: '+14075550123', birthDate: person.birthDate,
});

interface Sitter {
  readonly selfie: Selfie;
  readonly liveness: NonNullable<JudgedFacts['selfie']['liveness']>;
}

async function judged(reader: DocumentReader, person: SpecimenPerson, sitter: Sitter, kind: Kind, one: Case): Promise<Judgement | 'asked_again'> {
  const type = KINDS[kind];
  const read = [];
  for (const [at, side] of SIDES[kind].entries()) {
    const spoilt = one.only === undefined || one.only === (at === 0 ? 'front' : 'back');
    const photo = await photographed(await side.make(person, spoilt ? one.tamper : undefined), one.condition);
    read.push(await readPicture(reader, photo, { side: at === 0 ? 'front' : 'back', type }));
  }
  const [front, back] = read;
  if (front?.reading === undefined || front.safe === undefined || (SIDES[kind].length > 1 && back?.reading === undefined)) return 'asked_again';
  const match = await matchOf(reader, front.safe.jpeg, sitter.selfie);
  return judge({
    documents: [{ type, country: 'US', front: front.reading, back: back?.reading, editedBy: [], captureAttempts: {}, quality: read.flatMap(({ safe }) => safe?.quality.problems ?? []) }],
    selfie: { liveness: sitter.liveness, match, faceEngine: 'ready' },
    claimed: claimed(person), mode: 'test', today: TODAY, otherPersons: 0, nearestFace: undefined, attemptsLeft: { front: 0, back: 0, selfie: 0 },
  }, documentOptions.parse({}));
}

/** Prints the table. The person always claims to be who the honest document says. */
export async function tampered(reader: DocumentReader, people: readonly PersonName[]): Promise<void> {
  const sitters = new Map<string, Sitter>();
  for (const portrait of ['one', 'two'] as const) {
    const selfie = await selfieOf(reader, portrait);
    const verdict = await livenessOf(reader, selfie);
    sitters.set(portrait, { selfie, liveness: { passed: verdict.passed, ...(verdict.why === undefined ? {} : { why: verdict.why }), method: 'live', frames: verdict.frames } });
  }
  const rows: (readonly string[])[] = [];
  const passed = { honest: 0, tampered: 0 };
  const tried = { honest: 0, tampered: 0 };
  for (const one of [HONEST, ...CASES]) {
    for (const kind of one.kinds) {
      const counts = { pass: 0, doubtful: 0, fail: 0, asked_again: 0 };
      const grounds = new Map<string, number>();
      for (const name of people) {
        const person: SpecimenPerson = PEOPLE[name];
        const sitter = sitters.get(typeof person.portrait === 'string' ? person.portrait : '');
        if (sitter === undefined) throw new Error(`nobody sits for ${name}`);
        const judgement = await judged(reader, person, sitter, kind, one);
        counts[judgement === 'asked_again' ? judgement : judgement.outcome]++;
        const against = judgement === 'asked_again' ? [] : judgement.findings.filter(({ status }) => status === 'fail' || status === 'doubt');
        for (const { code } of against) grounds.set(code, (grounds.get(code) ?? 0) + 1);
      }
      const group = one === HONEST ? 'honest' : 'tampered';
      passed[group] += counts.pass;
      tried[group] += people.length;
      rows.push([one.name, kind, ...[counts.pass, counts.doubtful, counts.fail, counts.asked_again].map(String), [...grounds.keys()].toSorted().join(', ') || '-']);
    }
  }
  printTable(`Tampered documents, ${people.length} people each`, ['case', 'document', 'passed', 'doubtful', 'failed', 'asked again', 'found by'], rows);
  console.log(`\nTampered documents passed: ${passed.tampered} of ${tried.tampered} (goal 0). Honest ones passed: ${passed.honest} of ${tried.honest}.`);
}
