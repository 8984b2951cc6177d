/** A workflow that publishing accepts, in which one person proves themselves and then says that they are another. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { publishFaults } from '../../src/journey/publish.ts';
import { TEMPLATES } from '../../src/journey/templates/index.ts';
import { workflowDefinition, type WorkflowSource } from '../../src/journey/workflow.ts';
import { DeviceKey } from '../support/device_key.ts';
import { CONSENT_TEXTS } from '../support/gateway.ts';
import { RelyingParty } from '../support/relying_party.ts';
import { comeBack, confirmOn, handset, laptop, signedOut, verify } from './known_people.ts';
import { leave, sendDetails, setScene, type Scene } from './scene.ts';

const IMOGEN = { givenName: 'Imogen', familyName: 'Hartley-Vance', street: '27 Larkspur Row', city: 'Harrogate', region: 'North Yorkshire', postalCode: 'HG2 9ZX', country: 'GB', phone: '+447400123456' };
const OWN = TEMPLATES['user_onboarding'] as WorkflowSource;
const DENY = { end: 'deny' } as const;
const SOURCE: WorkflowSource = {
  ...OWN,
  nodes: {
    ...OWN.nodes,
    known_phone: { step: 'sms_link', routes: { ...OWN.nodes['known_phone']?.routes, confirmed: { go: 'again' } } },
    again: { step: 'pii_validation', routes: { match: { end: 'approve' }, no_match: DENY, phone_risk: DENY, unsupported_country: DENY, could_not_tell: DENY, timed_out: DENY, broke: DENY } },
  },
  options: { consentTexts: CONSENT_TEXTS, asyncUIRedirect: 'https://app.example.com/phone-done' },
};

let scene: Scene;
beforeAll(async () => {
  scene = await setScene({});
});
afterAll(() => scene.close());

it('a confirmed phone is not counted for the details of somebody else', async () => {
  expect(publishFaults(workflowDefinition.parse(SOURCE), ['en', 'es'])).toEqual([]);
  const key = await scene.gateway.addWorkflow('tight', SOURCE);
  const gateway = { ...scene.gateway, key };
  const app = { ...scene, gateway, app: await RelyingParty.discover({ issuer: gateway.origin, ...key }) } as Scene;
  const victim = await verify(app, await laptop(app), await handset(app));
  const [own, phone] = [await laptop(app), await handset(app)];
  const attacker = await verify(app, own, phone, {}, IMOGEN);
  expect(attacker.claims()?.sub).not.toBe(victim.claims()?.sub);
  signedOut(own).key = await DeviceKey.make();
  const { signIn } = await comeBack(app, own, { scope: 'openid profile phone' });
  await own.until('sms_wait');
  await confirmOn(app, phone, own, IMOGEN.phone);
  await own.until('pii_form');
  await sendDetails(own);
  await expect(leave(own).then((left) => app.app.finish(left, signIn))).rejects.toMatchObject({ error: 'access_denied' });
  const decided = await scene.db.selectFrom('journey').select(['decision', 'account_id']).where('workflow_id', '=', 'tight').orderBy('created_at', 'desc').limit(1).executeTakeFirstOrThrow();
  expect(decided).toMatchObject({ account_id: null, decision: { verdict: 'deny' } });
  expect((decided.decision as { readonly reasons: readonly { readonly code: string }[] }).reasons.map(({ code }) => code)).toEqual(['approved_nobody', 'record_match', 'record_match']);
});
