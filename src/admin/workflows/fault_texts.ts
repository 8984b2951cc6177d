/** What is wrong with a workflow, as sentences at the fields where it can be mended. Pure. */
import type { PublishFault } from '../../journey/publish.ts';
import { FIELD_OF, type OptionGroup } from './option_fields.ts';
import { ruleField } from './options_rules.ts';

export const FAULT_TEXTS: Readonly<Record<PublishFault['code'], string>> = {
  unknown_entry: 'The workflow begins at a step that is not there.',
  unknown_target: 'This leads to a step that is not there.',
  unrouted_outcome: 'This outcome leads nowhere yet: choose what follows.',
  unknown_outcome: 'The step does not have this outcome.',
  unreachable_node: 'Nothing leads to this step: lead a route here, or take it out.',
  circular_route: 'Going on from here, a journey can come back here and never end.',
  no_way_to_approve: 'Nobody can be approved: lead at least one success to “Approve”.',
  approval_without_proof: 'This approves people of whom nothing has proved who they are.',
  approval_after_failure: 'This lets somebody be approved after a plain no.',
  step_before_its_evidence: 'This step needs what an earlier one finds out, and can be reached without it.',
  allConfiguredAsRisky: 'Every kind of line counts as risky: nobody could pass.',
  nonForbidden: 'No kind of line counts as risky: the check would check nothing. Choose one, or switch the check off.',
  match_cannot_pass: 'Nobody could match: more is demanded than is asked of the sources.',
  thresholds_contradict: 'This has to be less than the one it leads up to.',
  missing_consent_text: 'The workflow uses the phone: a consent text is needed in this language.',
  missing_async_ui_redirect: 'The workflow captures on the phone: say where the phone lands, or let it end on a plain page (Documents and selfie).',
  bad_async_ui_redirect: 'Give an https address, or an app’s own scheme with a dot in it, such as com.example.app:/done.',
  dual_needs_two_types: 'Two documents of different types are asked for: accept at least two types.',
  dual_needs_own_capture: 'Two documents can be asked for only where this gateway captures.',
  faces_need_own_capture: 'A vendor’s pages show this gateway no face to compare.',
  kba_cannot_pass: 'More right answers are demanded than there are questions.',
  kba_guessable: 'So few right answers can be guessed too easily.',
  check_is_fixed: 'What this check does cannot be chosen.',
  rule_named_twice: 'Another rule has this name: webhooks and the timeline name rules by it.',
  rule_does_twice: 'A rule does each thing once.',
  rule_verdict_never: 'A rule that runs then never meets one of these decisions.',
  rule_review_without_approval: 'Only an approval can be put to review, and this rule never meets one.',
  rule_unknown_reason: 'One of these is no reason code of any decision.',
  rule_unknown_outcome: 'One of these is no outcome of a step of this workflow: give step:outcome, such as document_selfie:doubtful.',
  trust_outlives_journeys: 'Devices are trusted for longer: trust rests on the journey that verified the person.',
};

/** A fault with the page and field where it can be mended. */
export interface PlacedFault {
  /** `general`, `routes`, or a page of options. */
  readonly place: 'general' | 'routes' | OptionGroup;
  /** Name of the form field. */
  readonly field: string;
  readonly text: string;
}

/** Where a dotted path of a definition is edited. Paths that no form has belong to the first page. */
export function placeOf(path: string): { readonly place: PlacedFault['place']; readonly field: string } {
  if (path === 'entry' || path === 'nodes' || path.startsWith('nodes.')) return { place: 'routes', field: routeField(path) };
  if (!path.startsWith('options.')) return { place: 'general', field: path === 'name' ? 'name' : 'general' };
  const parts = path.split('.').slice(1);
  for (let length = parts.length; length > 0; length -= 1) {
    const field = FIELD_OF.get(parts.slice(0, length).join('.'));
    if (!field) continue;
    if (field.as.kind === 'rules') {
      const within = ruleField(parts.slice(length));
      return { place: field.group, field: within === undefined ? field.path : `${field.path}.${within}` };
    }
    const key = parts[length];
    const single = ['texts', 'scores', 'modes'].includes(field.as.kind) && key !== undefined;
    return { place: field.group, field: single ? `${field.path}.${key}` : field.path };
  }
  return { place: 'general', field: 'general' };
}

/** `nodes.kba.routes.fail` is `route.kba.fail`; what concerns a whole node is `node.kba`. */
function routeField(path: string): string {
  const [, node, , outcome] = path.split('.');
  if (node === undefined) return path;
  // An outcome that no step could have has no field of its own.
  return outcome === undefined || !/^[a-z][a-z0-9_]{0,40}$/.test(outcome) ? `node.${node}` : `route.${node}.${outcome}`;
}

/** Faults of publishing at their places. */
export function placedFaults(faults: readonly PublishFault[]): readonly PlacedFault[] {
  return faults.map(({ code, at }) => ({ ...placeOf(at), text: FAULT_TEXTS[code] }));
}

/** Sentences by field name, of one page. */
export function errorsOf(faults: readonly PlacedFault[], place: PlacedFault['place']): Readonly<Record<string, string>> {
  const errors: Record<string, string> = {};
  for (const { field, text, place: at } of faults) if (at === place) errors[field] = errors[field] === undefined ? text : `${errors[field]} ${text}`;
  return errors;
}
