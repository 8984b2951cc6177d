/** Options as form fields and back: driven by the table of fields, and nothing else. Pure. */
import { CHECK_MODES, DOCUMENT_CHECKS, type CheckCode } from '../../journey/document_checks.ts';
import type { AutomationRule } from '../../journey/automation_options.ts';
import type { WorkflowOptions } from '../../journey/workflow.ts';
import { LOCALES } from '../../http/locales/index.ts';
import { OPTION_FIELDS, type OptionField, type OptionGroup } from './option_fields.ts';
import { readRules, ruleViews, typedRules, type RuleView } from './options_rules.ts';
import { LEAF_OF, type OptionLeaf } from './options_shape.ts';

/** What stands in the form, by field name; a switch that is off is not there. */
export type Typed = Readonly<Record<string, string>>;

/** One field as the template reads it. */
export interface FieldView {
  readonly name: string;
  readonly label: string;
  readonly hint: string;
  readonly kind: OptionField['as']['kind'];
  readonly value: string;
  readonly on: boolean;
  readonly long: boolean;
  readonly choices: readonly { readonly value: string; readonly text: string }[];
  /** Rows of a table of rules. */
  readonly rules: readonly RuleView[];
  /** Fields within: a box per choice, a text per language, a number per attribute, a mode per check. */
  readonly parts: readonly { readonly name: string; readonly label: string; readonly value: string; readonly on: boolean; readonly choices: readonly { readonly value: string; readonly text: string }[] }[];
}

const LANGUAGES = new Intl.DisplayNames(['en'], { type: 'language' });
const MODE_TEXTS: Readonly<Record<(typeof CHECK_MODES)[number], string>> = {
  required: 'a no fails the document', retry: 'ask again while there are tries, then fail', review: 'a no makes it doubtful', advisory: 'only recorded', off: 'off',
};

export function fieldsOf(group: OptionGroup): readonly OptionField[] {
  return OPTION_FIELDS.filter((field) => field.group === group);
}

function leafOf({ path }: OptionField): OptionLeaf {
  const leaf = LEAF_OF.get(path);
  if (!leaf) throw new TypeError(`the form has a field ${path} that the options do not have`);
  return leaf;
}

/** Names of the fields within one: those that are single inputs. */
function keysOf(field: OptionField): readonly string[] {
  switch (field.as.kind) {
    case 'texts': return LOCALES;
    case 'choices': case 'scores': case 'modes': return leafOf(field).choices;
    default: return [];
  }
}

function get(options: WorkflowOptions, path: string): unknown {
  return path.split('.').reduce<unknown>((from, name) => (from as Readonly<Record<string, unknown>> | undefined)?.[name], options);
}

/** A page of the form as the options have it. */
export function typedOf(options: WorkflowOptions, group: OptionGroup): Typed {
  const typed: Record<string, string> = {};
  for (const field of fieldsOf(group)) {
    const value = get(options, field.path);
    switch (field.as.kind) {
      case 'switch': if (value === true) typed[field.path] = 'on'; break;
      case 'choices': for (const one of value as readonly string[]) typed[`${field.path}.${one}`] = 'on'; break;
      case 'lines': typed[field.path] = (value as readonly string[]).join('\n'); break;
      case 'points': typed[field.path] = Object.entries(value as Readonly<Record<string, number>>).map(([code, points]) => `${code} ${points}`).join('\n'); break;
      case 'texts': case 'scores': case 'modes':
        for (const key of keysOf(field)) typed[`${field.path}.${key}`] = String((value as Readonly<Record<string, unknown>>)[key] ?? '');
        break;
      case 'rules': Object.assign(typed, typedRules(field.path, value as readonly AutomationRule[])); break;
      default: typed[field.path] = value === undefined ? '' : String(value);
    }
  }
  return typed;
}

/** Fields for the template, with what was typed. */
export function fieldViews(group: OptionGroup, typed: Typed): readonly FieldView[] {
  return fieldsOf(group).map((field) => {
    const { as, path } = field;
    const leaf = leafOf(field);
    const texts: Readonly<Record<string, string>> = 'texts' in as ? as.texts : {};
    return {
      name: path, label: field.label, kind: as.kind, value: typed[path] ?? '', on: typed[path] === 'on', long: as.kind === 'text' && as.long === true,
      hint: as.kind === 'number' ? `${field.hint} ${leaf.least} to ${leaf.most} ${as.unit}.` : field.hint,
      choices: as.kind === 'choice' ? leaf.choices.map((value) => ({ value, text: texts[value] ?? value })) : [],
      rules: as.kind === 'rules' ? ruleViews(path, typed) : [],
      parts: keysOf(field).map((key) => ({
        name: `${path}.${key}`, value: typed[`${path}.${key}`] ?? '', on: typed[`${path}.${key}`] === 'on',
        label: as.kind === 'texts' ? (LANGUAGES.of(key) ?? key) : (texts[key] ?? key),
        choices: as.kind === 'modes' ? modeChoices(key as CheckCode) : [],
      })),
    };
  });
}

function modeChoices(code: CheckCode): FieldView['choices'] {
  const facts: { readonly mode: (typeof CHECK_MODES)[number]; readonly fixed?: true } = DOCUMENT_CHECKS[code];
  const usual = { value: '', text: `${facts.fixed ? 'Always' : 'Usual'}: ${MODE_TEXTS[facts.mode]}` };
  return facts.fixed ? [usual] : [usual, ...CHECK_MODES.map((mode) => ({ value: mode, text: MODE_TEXTS[mode] }))];
}

/** The options with a page of the form written over them, and what could not be read. Settings of other pages stay. */
export function readGroup(typed: Typed, group: OptionGroup, options: WorkflowOptions, isNet: (text: string) => boolean): { readonly options: unknown; readonly errors: Readonly<Record<string, string>> } {
  const next = structuredClone(options) as Record<string, unknown>;
  const errors: Record<string, string> = {};
  for (const field of fieldsOf(group)) {
    const value = readField(field, typed, get(options, field.path), isNet, (name, text) => { errors[name] = text; });
    const names = field.path.split('.');
    const last = names.pop() as string;
    const holder = names.reduce<Record<string, unknown>>((from, name) => from[name] as Record<string, unknown>, next);
    if (value === undefined) delete holder[last];
    else holder[last] = value;
  }
  return { options: next, errors };
}

function readField(field: OptionField, typed: Typed, was: unknown, isNet: (text: string) => boolean, fault: (name: string, text: string) => void): unknown {
  const { as, path } = field;
  const leaf = leafOf(field);
  const text = (typed[path] ?? '').trim();
  switch (as.kind) {
    case 'switch': return typed[path] === 'on';
    case 'number': return readNumber(text, leaf, as.step, (why) => fault(path, why)) ?? was;
    case 'choice':
      if (leaf.choices.includes(text)) return text;
      fault(path, 'Choose one of these.');
      return was;
    case 'choices': {
      // In the order they were kept in: another order would look like a change.
      const chosen = leaf.choices.filter((choice) => typed[`${path}.${choice}`] === 'on');
      const kept = (was as readonly string[]).filter((choice) => chosen.includes(choice));
      return [...new Set([...kept, ...chosen])];
    }
    case 'lines': return readLines(text, as.entry, isNet, (why) => fault(path, why));
    case 'points': return readPoints(text, (why) => fault(path, why));
    case 'rules': return readRules(path, typed, was as readonly AutomationRule[], fault);
    case 'text':
      if (text.length > as.most) fault(path, `At most ${as.most} characters.`);
      return text === '' ? undefined : text;
    case 'texts': {
      // Languages that this gateway does not ship are kept as they are.
      const others = Object.entries(was as Readonly<Record<string, string>>).filter(([locale]) => !(LOCALES as readonly string[]).includes(locale));
      return Object.fromEntries([...others, ...LOCALES.flatMap((locale) => {
        const one = (typed[`${path}.${locale}`] ?? '').replaceAll('\r\n', '\n').trim();
        if (one.length > 4000) fault(`${path}.${locale}`, 'At most 4000 characters.');
        return one === '' ? [] : [[locale, one]];
      })]);
    }
    case 'scores':
      return Object.fromEntries(leaf.choices.flatMap((key) => {
        const one = (typed[`${path}.${key}`] ?? '').trim();
        if (one === '') return [];
        const score = readNumber(one, { least: 1, most: 100 }, undefined, (why) => fault(`${path}.${key}`, why));
        return score === undefined ? [] : [[key, score]];
      }));
    case 'modes':
      return Object.fromEntries(leaf.choices.flatMap((code) => {
        const mode = typed[`${path}.${code}`] ?? '';
        if (mode === '') return [];
        if (!(CHECK_MODES as readonly string[]).includes(mode)) fault(`${path}.${code}`, 'Choose one of these.');
        return [[code, mode]];
      }));
  }
}

function readNumber(text: string, { least, most }: Pick<OptionLeaf, 'least' | 'most'>, step: number | undefined, fault: (why: string) => void): number | undefined {
  const number = (step === undefined ? /^-?\d{1,9}$/ : /^-?\d{1,9}(?:\.\d{1,6})?$/).test(text) ? Number(text) : undefined;
  if (number !== undefined && number >= (least ?? -Infinity) && number <= (most ?? Infinity)) return number;
  fault(`Give a ${step === undefined ? 'whole ' : ''}number from ${least} to ${most}.`);
  return undefined;
}

const MOST_LINES = 500;

function readLines(text: string, entry: 'net' | 'country' | 'workflow', isNet: (text: string) => boolean, fault: (why: string) => void): readonly string[] {
  const lines = [...new Set(text.split(/[\r\n]+/).map((line) => line.trim()).filter((line) => line !== ''))];
  if (lines.length > MOST_LINES) fault(`At most ${MOST_LINES} lines.`);
  const fine = { net: isNet, country: (line: string) => /^[A-Z]{2}$/.test(line), workflow: (line: string) => /^[a-z][a-z0-9_-]{0,63}$/.test(line) }[entry];
  const wrong = lines.find((line) => !fine(line));
  if (wrong !== undefined) fault(`“${wrong.slice(0, 60)}” is no ${{ net: 'address or net', country: 'country of two capital letters', workflow: 'id of a workflow' }[entry]}.`);
  return lines;
}

function readPoints(text: string, fault: (why: string) => void): Readonly<Record<string, number>> {
  const points = new Map<string, number>();
  for (const line of text.split(/[\r\n]+/).map((one) => one.trim()).filter((one) => one !== '')) {
    const found = /^([a-z][a-z0-9_]{0,60})[\s=:]+(\d{1,3})$/.exec(line);
    if (!found || Number(found[2]) > 100) fault(`“${line.slice(0, 60)}”: give a code and 0 to 100 points, such as “vpn_net 25”.`);
    else if (points.has(found[1] as string)) fault(`“${found[1]}” stands here twice.`);
    else points.set(found[1] as string, Number(found[2]));
  }
  if (points.size > MOST_LINES) fault(`At most ${MOST_LINES} lines.`);
  return Object.fromEntries(points);
}
