import { CONSENT_TEXTS, templateDefinition, type Working } from '../../../src/admin/workflows/desk.ts';
import { differences } from '../../../src/admin/workflows/differences.ts';
import { draftPage, jsonOf, jsonPage, optionsPage, reviewPage, routesPage } from '../../../src/admin/workflows/edit_pages.ts';
import { placedFaults } from '../../../src/admin/workflows/fault_texts.ts';
import { OPTION_GROUPS, type OptionGroup } from '../../../src/admin/workflows/option_fields.ts';
import { typedOf } from '../../../src/admin/workflows/options_form.ts';
import { comparePage, listPage, namePage, templatesPage, versionPage, versionsPage, workflowPage } from '../../../src/admin/workflows/pages.ts';
import { tryPage } from '../../../src/admin/workflows/try/pages.ts';
import type { WorkflowSummary } from '../../../src/admin/workflows/store.ts';
import type { AdminSample } from '../../../src/admin/page.ts';
import { LOCALES } from '../../../src/http/locales/index.ts';
import { publishFaults } from '../../../src/journey/publish.ts';
import { TEMPLATES } from '../../../src/journey/templates/index.ts';
import { workflowDefinition, type WorkflowDefinition } from '../../../src/journey/workflow.ts';
import { whomFor } from '../../../src/admin/workflows/try/whom.ts';
import { SIMULATED } from '../../../src/vendors/sandbox/stories.ts';

export const HOSTILE = `<script>alert(1)</script>"'`;
const AT = Date.UTC(2026, 10, 20, 9, 30);

const onboarding = templateDefinition('user_onboarding') as WorkflowDefinition;
const definition = workflowDefinition.parse({ ...onboarding, options: { consentTexts: CONSENT_TEXTS, asyncUIRedirect: 'https://app.example/done' } });
/** Rules that can run, and the same with what publishing refuses. */
const RULES: WorkflowDefinition['options']['automations'] = [
  { name: 'denied_documents', on: 'failed', when: { verdicts: [], reasons: ['selfie_matches'], outcomes: ['document_selfie:fail'] }, do: [{ action: 'open_case', tags: ['looked_odd'] }, { action: 'call_out', endpoint: 'whe_0123456789abcdef01234567' }] },
  { name: 'first_days', on: 'completed', when: { verdicts: ['approve'], reasons: [], outcomes: [] }, do: [{ action: 'review' }, { action: 'notify' }] },
];
const BROKEN_RULES: typeof RULES = [
  { name: 'denied_documents', on: 'failed', when: { verdicts: ['approve'], reasons: [HOSTILE], outcomes: [HOSTILE] }, do: [{ action: 'review' }, { action: 'notify' }] },
  { name: 'denied_documents', on: 'failed', when: { verdicts: [], reasons: [], outcomes: [] }, do: [{ action: 'notify' }] },
];
/** Broken in several places, with hostile strings wherever a definition takes strings. */
const broken = workflowDefinition.parse({
  ...onboarding, name: HOSTILE, template: HOSTILE, entry: 'trusted_device',
  nodes: { ...onboarding.nodes, session_risk: { step: 'session_risk', routes: { allow: { go: HOSTILE }, [HOSTILE]: { end: 'deny' } } }, alone: { step: 'watchlist', routes: { clear: { end: 'approve' } } } },
  options: { automations: BROKEN_RULES, consentTexts: { en: HOSTILE }, risk: { points: { [HOSTILE]: 5 }, deniedNets: [HOSTILE], challengeAt: 90 }, theme: { name: HOSTILE }, kba: { right: 3, questions: 5 } },
});

const SUMMARY: WorkflowSummary = {
  id: 'user_onboarding', name: 'User onboarding', template: 'user_onboarding', deployedVersion: 3, deployedAt: AT, deployedBy: 'Anna', draft: { changedAt: AT, changedBy: 'Bob' }, keys: { test: 2, live: 1 },
};
const NEW: WorkflowSummary = { ...SUMMARY, id: 'shop', name: HOSTILE, template: HOSTILE, deployedVersion: undefined, deployedAt: undefined, deployedBy: undefined, draft: { changedAt: AT, changedBy: HOSTILE }, keys: { test: 0, live: 0 } };

function working(summary: WorkflowSummary, of: WorkflowDefinition, revision = 4): Working {
  const base = summary.deployedVersion;
  return {
    summary, definition: of, revision, base, faults: placedFaults(publishFaults(of, LOCALES)),
    draft: revision === 0 ? undefined : { workflowId: summary.id, definition: of, base, revision, changedAt: AT, changedBy: summary.draft?.changedBy ?? 'Bob' },
  };
}
const fine = working(SUMMARY, definition);
const untouched = working({ ...SUMMARY, draft: undefined }, definition, 0);
const bad = working(NEW, broken);
const changes = differences(definition, broken);
const errorsAt = (place: string) => Object.fromEntries(bad.faults.filter((fault) => fault.place === place).map(({ field, text }) => [field, text]));

/** Every part there is to play. */
const whom = whomFor(workflowDefinition.parse({ ...definition, options: { ...definition.options, kba: { enabled: true } } }), { playable: SIMULATED, outboxHref: 'http://localhost:3000/dev/outbox' });

export const SAMPLES: readonly AdminSample[] = [
  { name: 'workflows_list', page: listPage({ workflows: [SUMMARY, NEW], next: '/admin/workflows?after=shop', first: '', mayEdit: true }) },
  { name: 'workflows_list_empty', page: listPage({ workflows: [], next: '', first: '', mayEdit: true }), notice: 'The draft is gone.' },
  { name: 'workflows_templates', page: templatesPage() },
  { name: 'workflows_name', page: namePage('user_onboarding', onboarding) },
  { name: 'workflows_name_faults', page: namePage('user_onboarding', onboarding), errors: { id: 'This id is taken. Give another.', asyncUIRedirect: 'Give an https address.' }, values: { name: HOSTILE, id: HOSTILE, asyncUIRedirect: HOSTILE } },
  { name: 'workflows_workflow', page: workflowPage({ summary: SUMMARY, definition, mayEdit: true, mayDeploy: true, mayTry: true, whom, mayKey: true }) },
  { name: 'workflows_workflow_new', page: workflowPage({ summary: NEW, definition: undefined, mayEdit: true, mayDeploy: true, mayTry: false, whom: undefined, mayKey: false }) },
  { name: 'workflows_workflow_read_only', page: workflowPage({ summary: { ...SUMMARY, name: HOSTILE }, definition: broken, mayEdit: false, mayDeploy: false, mayTry: false, whom: undefined, mayKey: false }) },
  { name: 'workflows_versions', page: versionsPage({ summary: SUMMARY, next: '/admin/workflows/user_onboarding/versions?before=2', first: '', versions: [{ version: 3, createdAt: AT, createdBy: HOSTILE, note: HOSTILE, deployed: true }, { version: 2, createdAt: AT, createdBy: undefined, note: undefined, deployed: false }] }) },
  { name: 'workflows_versions_empty', page: versionsPage({ summary: NEW, next: '', first: '', versions: [] }) },
  { name: 'workflows_version', page: versionPage({ summary: SUMMARY, version: 2, definition: broken, changes, mayDeploy: true }) },
  { name: 'workflows_version_deployed', page: versionPage({ summary: SUMMARY, version: 3, definition, changes: [], mayDeploy: true }) },
  { name: 'workflows_version_moved', page: versionPage({ summary: SUMMARY, version: 2, definition, changes: [], mayDeploy: true }), errors: { 'roll-back': 'Somebody else deployed another version meanwhile.' } },
  { name: 'workflows_compare', page: comparePage({ summary: SUMMARY, a: 2, b: 3, changes }) },
  { name: 'workflows_compare_same', page: comparePage({ summary: SUMMARY, a: 3, b: 3, changes: [] }) },
  { name: 'workflows_draft', page: draftPage(fine) },
  { name: 'workflows_draft_none', page: draftPage(untouched) },
  { name: 'workflows_draft_faults', page: draftPage(bad), errors: errorsAt('general') },
  ...(Object.keys(OPTION_GROUPS) as OptionGroup[]).map((group) => ({ name: `workflows_options_${group}`, page: optionsPage(fine, group, typedOf(definition.options, group)) })),
  { name: 'workflows_options_faults', page: optionsPage(bad, 'session', typedOf(broken.options, 'session')), errors: errorsAt('session') },
  { name: 'workflows_options_texts_faults', page: optionsPage(bad, 'person', typedOf(broken.options, 'person')), errors: errorsAt('person') },
  { name: 'workflows_options_rules', page: optionsPage(fine, 'automation', typedOf({ ...definition.options, automations: RULES }, 'automation')) },
  { name: 'workflows_options_rules_faults', page: optionsPage(bad, 'automation', typedOf(broken.options, 'automation')), errors: { ...errorsAt('automation'), 'automations.0.tags': 'Give at least one tag.', 'automations.0.endpoint': 'Give the id of a webhook endpoint.' } },
  { name: 'workflows_options_meanwhile', page: optionsPage(fine, 'look', { 'theme.name': HOSTILE }, { by: HOSTILE, changes }), errors: { meanwhile: 'Somebody else changed this workflow.' } },
  { name: 'workflows_routes', page: routesPage(fine, {}) },
  { name: 'workflows_routes_faults', page: routesPage(bad, {}), errors: { ...errorsAt('routes'), node: 'There is a step of this name.' }, values: { step: 'kba', node: HOSTILE } },
  { name: 'workflows_json', page: jsonPage(fine, jsonOf(definition)) },
  { name: 'workflows_json_faults', page: jsonPage(bad, HOSTILE), errors: { json: `This is not JSON: ${HOSTILE}` } },
  { name: 'workflows_review', page: reviewPage({ working: fine, changes, moved: undefined }) },
  { name: 'workflows_review_faults', page: reviewPage({ working: bad, changes, moved: undefined }), errors: { deploy: 'This draft cannot be deployed yet.' } },
  { name: 'workflows_review_moved', page: reviewPage({ working: fine, changes: [], moved: { deployed: 4, changes } }), errors: { deploy: 'Somebody else deployed another version.' } },
  { name: 'workflows_try_approved', page: tryPage({ workflowId: 'shop', outcome: { kind: 'answered', decision: 'approve', transactionId: '0d0f2c1e-6c1d-4a5e-9a53-0c6f3a7a1b11', claims: [{ name: 'given_name', value: 'Andrew' }, { name: HOSTILE, value: HOSTILE }] }, whom }) },
  { name: 'workflows_try_denied', page: tryPage({ workflowId: 'shop', outcome: { kind: 'refused', error: 'access_denied', description: HOSTILE }, whom: whomFor(workflowDefinition.parse(TEMPLATES['document_only']), { playable: SIMULATED, outboxHref: undefined }) }) },
];
