/** Turn a text that somebody pasted, or a value of a file, into a definition, or into every fault with its path. Pure. */
import type { z } from 'zod';
import { workflowDefinition, type WorkflowDefinition } from '../../journey/workflow.ts';

/** Characters of a definition as JSON: the largest sensible one has a logo of 100,000. */
export const MOST_JSON = 300_000;
/** Objects and lists within each other; a definition needs 5. */
const DEEPEST = 16;
/** Nodes that a person can still follow, and the walk and the picture take no time for. */
export const MOST_NODES = 40;
const MOST_ROUTES = 30;

export interface ShapeFault {
  /** Dotted; empty for the whole. */
  readonly path: string;
  readonly text: string;
}

export type ReadDefinition =
  | { readonly kind: 'read'; readonly definition: WorkflowDefinition }
  | { readonly kind: 'faults'; readonly faults: readonly ShapeFault[] };

const whole = (text: string): ReadDefinition => ({ kind: 'faults', faults: [{ path: '', text }] });

/** A definition as JSON text. Too long, too deep, not JSON, unknown settings: refused, with what and where. */
export function readDefinitionText(text: string): ReadDefinition {
  if (text.trim() === '') return whole('Paste a workflow as JSON.');
  if (text.length > MOST_JSON) return whole(`This is longer than ${MOST_JSON} characters.`);
  // Before it is parsed: whatever walks a value afterwards may do so by calling itself.
  if (depthOf(text) > DEEPEST) return whole('This is nested more deeply than any workflow.');
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch {
    return whole('This is not JSON. Look for a missing comma, quote or bracket.');
  }
  return readDefinition(value);
}

/** A definition as a value. */
export function readDefinition(value: unknown): ReadDefinition {
  const parsed = workflowDefinition.safeParse(value);
  if (!parsed.success) return { kind: 'faults', faults: parsed.error.issues.slice(0, 50).map(shapeFault) };
  const { nodes } = parsed.data;
  if (Object.keys(nodes).length > MOST_NODES) return { kind: 'faults', faults: [{ path: 'nodes', text: `A workflow has at most ${MOST_NODES} steps.` }] };
  const crowded = Object.entries(nodes).find(([, node]) => Object.keys(node.routes).length > MOST_ROUTES);
  if (crowded) return { kind: 'faults', faults: [{ path: `nodes.${crowded[0]}`, text: 'This step has more routes than any step has outcomes.' }] };
  // Outcomes become names of form fields.
  const odd = Object.entries(nodes).find(([, node]) => Object.keys(node.routes).some((outcome) => !/^[a-z][a-z0-9_]{0,40}$/.test(outcome)));
  if (odd) return { kind: 'faults', faults: [{ path: `nodes.${odd[0]}`, text: 'An outcome has small letters, digits and underscores.' }] };
  return { kind: 'read', definition: parsed.data };
}

function shapeFault(issue: z.core.$ZodIssue): ShapeFault {
  const path = issue.path.map(String).join('.');
  switch (issue.code) {
    case 'unrecognized_keys': return { path, text: `There is no setting called ${issue.keys.slice(0, 5).map((key) => `“${key.slice(0, 60)}”`).join(', ')}.` };
    case 'too_small': return { path, text: issue.origin === 'number' || issue.origin === 'int' ? `Give at least ${String(issue.minimum)}.` : 'This may not be empty.' };
    case 'too_big': return { path, text: issue.origin === 'number' || issue.origin === 'int' ? `Give at most ${String(issue.maximum)}.` : `This is too long: at most ${String(issue.maximum)}.` };
    case 'invalid_value': return { path, text: `This is none of ${issue.values.slice(0, 40).map(String).join(', ')}.` };
    case 'invalid_format': return { path, text: FORMATS[path.split('.').at(-1) ?? ''] ?? FORMATS[path.split('.').at(-2) ?? ''] ?? 'This does not have the right form.' };
    default: return { path, text: issue.message.slice(0, 200) };
  }
}

const FORMATS: Readonly<Record<string, string>> = {
  asyncUIRedirect: 'Give an https address, or an app’s own scheme such as com.example.app:/done.',
  accent: 'Give a colour as #rrggbb.',
  name: 'Give small letters, digits and _, a letter first; at most 40.',
  tags: 'Give tags of small letters, digits and _.',
  endpoint: 'Give the id of a webhook endpoint.',
  logo: 'Give a data: address of a PNG, SVG or WebP picture.',
  deniedCountries: 'Give countries as two capital letters.',
  phoneCountries: 'Give countries as two capital letters.',
  countries: 'Give countries as two capital letters.',
};

/** How deeply brackets stand within each other, those in texts not counted. */
function depthOf(text: string): number {
  let [depth, deepest, quoted] = [0, 0, false];
  for (let index = 0; index < text.length; index += 1) {
    const letter = text[index];
    if (quoted) {
      if (letter === '\\') index += 1;
      else if (letter === '"') quoted = false;
    } else if (letter === '"') quoted = true;
    else if (letter === '{' || letter === '[') deepest = Math.max(deepest, (depth += 1));
    else if (letter === '}' || letter === ']') depth -= 1;
  }
  return deepest;
}
