/** What people read of a difference, above the path that programs know. */
import { describe, expect, test } from 'vitest';
import { saidDifferences } from '../../../src/admin/workflows/difference_texts.ts';
import { differences } from '../../../src/admin/workflows/differences.ts';
import { nodeViews } from '../../../src/admin/workflows/edit_routes.ts';
import { OPTION_FIELDS } from '../../../src/admin/workflows/option_fields.ts';
import { TEMPLATES } from '../../../src/journey/templates/index.ts';
import { workflowDefinition } from '../../../src/journey/workflow.ts';

const said = (before: unknown, after: unknown) => saidDifferences(differences(before, after)).map(({ title, beforeText, afterText }) => [title, beforeText, afterText]);

describe('differences in words', () => {
  test('routes are said by step, outcome and where they lead', () => {
    expect(said(
      { nodes: { document_selfie: { routes: { doubtful: { end: 'deny' } } }, known_phone: { routes: { confirmed: { go: 'kba' } } } } },
      { nodes: { document_selfie: { routes: { doubtful: { end: 'review' } } }, known_phone: { routes: { confirmed: { go: 'somewhere_else' } } } } },
    )).toEqual([['Document and selfie › doubtful', 'Deny', 'Review'], ['known_phone › confirmed', 'Questions', 'somewhere_else']]);
  });

  test('every option is called as its form calls it, parts of one by their name', () => {
    for (const { path, label } of OPTION_FIELDS) expect(saidDifferences([{ path: `options.${path}`, kind: 'changed', before: '1', after: '2' }])[0]?.title, path).toContain(label);
    expect(saidDifferences([{ path: 'options.consentTexts.en', kind: 'added', before: '', after: '"Words"' }])[0]?.title).toMatch(/ › en$/);
  });

  test('switches are yes and no; other values, and what no form has, stay as they are', () => {
    expect(saidDifferences([{ path: 'options.devices.trust', kind: 'changed', before: 'true', after: 'false' }])[0]).toMatchObject({ beforeText: 'yes', afterText: 'no' });
    expect(saidDifferences([{ path: 'options.nothing.like.it', kind: 'changed', before: '"<b>"', after: '{"go":"<b>"}' }])[0]).toMatchObject({ title: '', beforeText: '', afterText: '' });
    for (const path of ['', 'constructor', 'options', 'nodes', 'nodes.constructor.routes.toString', 'options.constructor', 'nodes.kba.routes.fail.more']) {
      expect(typeof saidDifferences([{ path, kind: 'changed', before: '{"end":"constructor"}', after: '' }])[0]?.title, path).toBe('string');
    }
  });
});

test('the form has the steps in the order in which people come to them, however a database kept them', () => {
  const definition = workflowDefinition.parse(TEMPLATES['user_onboarding']);
  const sorted = { ...definition, nodes: Object.fromEntries(Object.entries(definition.nodes).toSorted(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))) };
  const names = nodeViews(sorted).map(({ name }) => name);
  expect(names[0]).toBe(definition.entry);
  expect(names.toSorted()).toEqual(Object.keys(definition.nodes).toSorted());
  expect(names.indexOf('session_risk')).toBeLessThan(names.indexOf('pii_validation'));
  expect(names.indexOf('pii_validation')).toBeLessThan(names.indexOf('document_selfie'));
});
