/** The arguments of `npm run bench:documents`. */
import { parseArgs } from 'node:util';
import { CONDITIONS, PEOPLE, type ConditionName, type PersonName } from '../../test/support/specimens/index.ts';

export const PARTS = ['conditions', 'tampered', 'faces', 'cost', 'samples'] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  readonly people: readonly PersonName[];
  readonly conditions: readonly ConditionName[];
  readonly parts: readonly Part[];
  /** Folder of photographs whose truth `samples.ts` knows by their names. */
  readonly samples: string | undefined;
}

/** Andrea is left out: her licence is spoilt on purpose. */
const USUAL: readonly PersonName[] = ['andrew', 'imogen', 'nolan'];

function listed<T extends string>(name: string, value: string | undefined, known: readonly T[], usual: readonly T[] = known): readonly T[] {
  if (value === undefined) return usual;
  return value.split(',').map((word) => {
    const found = known.find((one) => one === word);
    if (found === undefined) throw new Error(`--${name} ${word}: expected some of ${known.join(',')}`);
    return found;
  });
}

export function benchOptions(words: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...words], strict: true,
    options: { people: { type: 'string' }, conditions: { type: 'string' }, parts: { type: 'string' }, samples: { type: 'string' } },
  });
  return {
    people: listed('people', values.people, Object.keys(PEOPLE) as readonly PersonName[], USUAL),
    conditions: listed('conditions', values.conditions, CONDITIONS),
    parts: listed('parts', values.parts, PARTS),
    samples: values.samples,
  };
}
