/** What the options' own shape says of each of them: bounds, choices, defaults. Read from the zod schema. Pure. */
import { z } from 'zod';
import { workflowOptions } from '../../journey/workflow.ts';

/** A leaf of the options: whatever is not an object of named settings. */
export interface OptionLeaf {
  readonly path: string;
  readonly type: 'boolean' | 'number' | 'enum' | 'array' | 'record' | 'string';
  readonly optional: boolean;
  /** Of numbers. */
  readonly least: number | undefined;
  readonly most: number | undefined;
  /** Of an enum, of an array's entries, or of a record's keys; empty where anything may stand. */
  readonly choices: readonly string[];
}

/** Every leaf, in the order of the schema. Throws where the schema has a type that is not known here. */
export function optionLeaves(): readonly OptionLeaf[] {
  return [...leaves('', workflowOptions)];
}

export const LEAF_OF: ReadonlyMap<string, OptionLeaf> = new Map(optionLeaves().map((leaf) => [leaf.path, leaf]));

function* leaves(path: string, schema: z.core.$ZodType): Generator<OptionLeaf> {
  const { bare, optional } = unwrapped(schema);
  if (bare instanceof z.ZodObject) {
    for (const [name, one] of Object.entries(bare.shape as Record<string, z.core.$ZodType>)) yield* leaves(path === '' ? name : `${path}.${name}`, one);
    return;
  }
  const leaf = { path, optional, least: undefined, most: undefined, choices: [] };
  if (bare instanceof z.ZodBoolean) yield { ...leaf, type: 'boolean' };
  else if (bare instanceof z.ZodNumber) yield { ...leaf, type: 'number', least: bare.minValue ?? undefined, most: bare.maxValue ?? undefined };
  else if (bare instanceof z.ZodEnum) yield { ...leaf, type: 'enum', choices: choicesOf(bare) };
  else if (bare instanceof z.ZodArray) yield { ...leaf, type: 'array', choices: choicesOf(bare.element as z.core.$ZodType) };
  else if (bare instanceof z.ZodRecord) yield { ...leaf, type: 'record', choices: choicesOf(bare.keyType as z.core.$ZodType) };
  else if (bare instanceof z.ZodString || bare instanceof z.ZodURL) yield { ...leaf, type: 'string' };
  else throw new TypeError(`the option ${path} has a type that forms do not know`);
}

function unwrapped(schema: z.core.$ZodType): { readonly bare: z.core.$ZodType; readonly optional: boolean } {
  let bare = schema;
  let optional = false;
  while (bare instanceof z.ZodDefault || bare instanceof z.ZodPrefault || bare instanceof z.ZodOptional) {
    optional ||= bare instanceof z.ZodOptional;
    bare = bare.unwrap() as z.core.$ZodType;
  }
  return { bare, optional };
}

function choicesOf(schema: z.core.$ZodType): readonly string[] {
  return schema instanceof z.ZodEnum ? schema.options.map(String) : [];
}
