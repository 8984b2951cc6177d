/** Every side of every person's documents in every condition: how often it is read, asked for again, or misread. */
import { comparePrint } from '../../src/documents/text/compare_print.ts';
import type { DocumentReader } from '../../src/documents/reader.ts';
import type { ConditionName, PersonName } from '../../test/support/specimens/index.ts';
import { PEOPLE, photographed } from '../../test/support/specimens/index.ts';
import { median } from '../load.ts';
import { amount, printTable } from '../table.ts';
import { megabytes, type ChildUse } from './child_use.ts';
import { readPicture, type ReadPicture } from './read_picture.ts';
import { MEASURED, truthOf, verdictOn, type MeasuredSide, type Verdict } from './truth.ts';

/** Of no use to anybody's eyes either; asking again is the right answer to them. */
const UNREADABLE: ReadonlySet<ConditionName> = new Set(['blur3', 'motion13', 'glareHard']);

interface Measured {
  readonly condition: ConditionName;
  readonly side: MeasuredSide;
  readonly picture: ReadPicture;
  /** Of the machine-readable data; undefined where the side has none. */
  readonly verdict: Verdict | undefined;
  /** Of the printed fields: does one contradict what is really printed there? */
  readonly contradicted: boolean;
  readonly portrait: boolean;
}

async function measureOne(reader: DocumentReader, document: Buffer, condition: ConditionName, person: PersonName, side: MeasuredSide): Promise<Measured> {
  const truth = truthOf(PEOPLE[person], side.type);
  const picture = await readPicture(reader, await photographed(document, condition), { side: side.side, type: side.type });
  const { reading } = picture;
  const print = reading?.print.kind === 'read' ? comparePrint(reading.print.value, truth) : undefined;
  return {
    condition, side, picture,
    verdict: side.machine ? verdictOn(reading, truth) : undefined,
    contradicted: print !== undefined && Object.values(print).includes('differs'),
    portrait: reading?.faces.kind === 'read' && reading.faces.value.length === 1,
  };
}

const count = <T>(all: readonly T[], is: (one: T) => boolean): number => all.filter(is).length;
const of = (part: number, whole: number): string => (whole === 0 ? '-' : `${part} of ${whole}`);
const percent = (part: number, whole: number): string => (whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`);

function row(name: string, all: readonly Measured[], peak: number | undefined): readonly string[] {
  const machine = all.filter(({ verdict }) => verdict !== undefined);
  const fronts = all.filter(({ side }) => side.side === 'front');
  return [
    name,
    of(count(machine, ({ verdict }) => verdict === 'exact'), machine.length),
    String(count(machine, ({ verdict }) => verdict === 'asked_again')),
    String(count(machine, ({ verdict }) => verdict === 'wrong')),
    of(count(all, ({ picture }) => picture.sentBack), all.length),
    of(count(fronts, ({ portrait }) => portrait), fronts.length),
    String(count(all, ({ contradicted }) => contradicted)),
    amount(median(all.map(({ picture }) => picture.took))),
    amount(megabytes(peak)),
  ];
}

const HEAD = ['condition', 'read exactly', 'asked again', 'wrongly accepted', 'sent back for quality', 'portrait found', 'print misread', 'median ms', 'peak MB'];

/** Prints the tables. */
export async function byCondition(reader: DocumentReader, use: ChildUse, people: readonly PersonName[], conditions: readonly ConditionName[]): Promise<void> {
  const all: Measured[] = [];
  const peaks = new Map<ConditionName, number | undefined>();
  use.takePeak();
  for (const condition of conditions) {
    for (const person of people) {
      for (const side of MEASURED) {
        all.push(await measureOne(reader, await documentOf(person, side), condition, person, side));
        use.look();
      }
    }
    peaks.set(condition, use.takePeak());
  }
  const rows = conditions.map((condition) => row(UNREADABLE.has(condition) ? `${condition} *` : condition, all.filter((one) => one.condition === condition), peaks.get(condition)));
  const most = [...peaks.values()].reduce((high, peak) => Math.max(high ?? 0, peak ?? Number.NaN), 0);
  printTable(`Reading by condition: ${people.length} people, ${MEASURED.length} sides, ${all.length} pictures`, HEAD, [...rows, row('all', all, most)]);
  console.log('\n`*` not readable by eye either. `Sent back for quality` comes before reading; those pictures were read all the same, so that a misreading would show.');

  printTable('Reading by side', ['side', ...HEAD.slice(1)], MEASURED.map((side) => row(side.name, all.filter((one) => one.side === side), undefined)));
  const readable = all.filter(({ condition, verdict }) => !UNREADABLE.has(condition) && verdict !== undefined);
  const exact = count(readable, ({ verdict }) => verdict === 'exact');
  console.log(`\nReadable captures read exactly: ${of(exact, readable.length)} (${percent(exact, readable.length)}; goal 95 %).`
    + ` Wrong data accepted: ${count(all, ({ verdict }) => verdict === 'wrong')} (goal 0).`);
  const troubled = all.filter(({ picture }) => picture.trouble !== undefined);
  for (const { condition, side, picture } of troubled) console.log(`${condition}, ${side.name}: ${picture.trouble}`);
}

const drawn = new Map<string, Promise<Buffer>>();

/** Drawn once: the photographs of one document share their beginning. */
function documentOf(person: PersonName, side: MeasuredSide): Promise<Buffer> {
  const key = `${person} ${side.name}`;
  const known = drawn.get(key) ?? side.specimen.make(PEOPLE[person]);
  drawn.set(key, known);
  return known;
}
