/** Journeys of people who come back, over the engine: who is let in without a question, and who never is. */
import { beforeEach, describe, expect, test } from 'vitest';
import { levelOf, methodsOf } from '../../../src/journey/levels.ts';
import { Personal } from '../../../src/personal.ts';
import { revokeAllOfAccount } from '../../../src/store/devices.ts';
import { START } from '../../engine/world.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';
import { browserKey } from '../device_keys.ts';
import { DESKTOP_LOOK, hashOf, kindsOf, makeReturnWorld, outcomeOf, pageName, simAnswer, type ReturnWorld } from './world.ts';

describeDatabases('coming back', ({ fresh }) => {
  let world: ReturnWorld;
  let plain: ReturnWorld['told'];
  ownDatabase(fresh, async (opened) => {
    world = await makeReturnWorld(opened);
    plain = { ...world.told };
  });
  beforeEach(() => {
    world.clock.set(START);
    Object.assign(world.told, plain);
    world.simAsked.length = 0;
  });
  const timeline = async (id: string): Promise<readonly string[]> => (await world.events(id)).filter((event) => /device|fingerprint|sim|sessionRisk|passkey/i.test(event));
  const everyTrust = async (accountId: string) => (await world.devices.ofAccount(accountId)).map(({ trust }) => trust.revokedReason);

  describe('with everything in order', () => {
    test('nothing is asked: approved as the same person, by the device alone', async () => {
      const { accountId, desktop } = await world.verify();
      const arrived = await world.arrive(desktop);
      expect(arrived.rest).toMatchObject({ kind: 'page', page: { name: 'device_proof', model: { keyId: desktop.key.thumbprint, now: START } } });
      const back = await world.prove(arrived, desktop);
      expect(back.rest).toMatchObject({ kind: 'decided', decision: { verdict: 'approve', reasons: [{ code: 'device_trusted', detail: { band: 'same' } }] } });
      expect([back.accountId, kindsOf(back), levelOf(back.evidence), methodsOf(back.evidence)]).toEqual([
        accountId, ['session', 'known_person', 'device_proof'], 'urn:gatehouse:acr:device', ['rba', 'swk', 'pop'],
      ]);
      expect(await timeline(back.journey.id)).toEqual([
        'phase:deviceTrust:start', 'block:deviceProof:success', 'block:fingerprint:success:same', 'block:sessionRisk:success', 'block:simChange:success',
        'label:device_trust:success', 'phase:deviceTrust:next',
        'label:identity_proofing:success:device_trusted', 'phase:journey:next:device_trusted', 'label:device_binding:success:returned',
      ]);
      expect(back.deviceId).toBeDefined();
      expect(world.gathered.at(-1)?.subject?.open()).toBe(accountId);
      expect(world.gathered.at(-1)?.proved?.open()).toBeDefined();
    });

    test('the phone that confirmed comes back too', async () => {
      const { accountId, phone } = await world.verify();
      const back = await world.comeBack(phone);
      expect([back.accountId, ...outcomeOf(back)]).toEqual([accountId, 'trusted', 'device_trusted']);
    });

    test('the carrier is asked once a day, back to when it was last asked', async () => {
      const { desktop } = await world.verify();
      world.clock.advance({ days: 3 });
      expect(outcomeOf(await world.comeBack(desktop))[0]).toBe('trusted');
      world.clock.advance({ minutes: 23 * 60 });
      expect(outcomeOf(await world.comeBack(desktop))[0]).toBe('trusted');
      world.clock.advance({ minutes: 61 });
      expect(outcomeOf(await world.comeBack(desktop))[0]).toBe('trusted');
      expect(world.simAsked).toEqual([72, 25]);
    });

    test('a browser that grew a little older is kept as it looks by now', async () => {
      const { desktop, accountId } = await world.verify();
      const look = { ...DESKTOP_LOOK, screen: [2560, 1440], languages: ['en-US', 'en', 'fr'], canvas: 'other' };
      const back = await world.comeBack(desktop, { look });
      expect([...outcomeOf(back), (await timeline(back.journey.id)).includes('block:fingerprint:success:drifted')]).toEqual(['trusted', 'device_trusted', true]);
      const kept = (await world.devices.ofAccount(accountId)).find(({ device }) => device.thumbprint === desktop.key.thumbprint);
      expect(kept?.device.lastCountry).toBe('US');
      const again = await world.comeBack(desktop, { look });
      expect(await timeline(again.journey.id)).toContain('block:fingerprint:success:same');
    });

    test('rotated on use, with the old cookie good for a moment: parallel tabs both come back', async () => {
      const { desktop } = await world.verify();
      const [one, other] = [await world.arrive(desktop), await world.arrive(desktop)];
      const first = await world.prove(one, desktop);
      const before = desktop.cookie;
      await world.issue(first.journey.id, desktop);
      expect(desktop.cookie).not.toBe(before);
      expect(outcomeOf(await world.prove(other, desktop, { cookie: before ?? null }))[0]).toBe('trusted');
    });

    test('whom the application named is seen here once the journey is approved, and not before', async () => {
      const opening = { credential: Personal.of('customer-4711'), clientName: 'App', locale: 'en' };
      const { desktop } = await world.verify({ opening });
      const subjects = async (): Promise<number> => (await world.db.selectFrom('sighting').select('subject_hash').distinct().execute()).length;
      const before = await subjects();
      // By a stranger's browser: the page stands, and nobody is moved.
      await world.arrive({ cookie: undefined }, { opening });
      expect(await subjects()).toBe(before);
      expect((await world.comeBack(desktop, {}, { opening })).rest).toMatchObject({ kind: 'decided', decision: { verdict: 'approve' } });
      // The account by its device's proof, and the name by the approval.
      expect(await subjects()).toBe(before + 2);
    });

    test('ten proofs at once, in two processes, decide once', async () => {
      const { desktop } = await world.verify();
      const arrived = await world.arrive(desktop);
      const sentForm = await world.proofForm(arrived, desktop);
      await Promise.all(Array.from({ length: 10 }, (_, index) => (index % 2 ? world.process() : world.engine).submit(arrived.journey.id, sentForm)));
      const back = await world.engine.byId(arrived.journey.id);
      expect(back?.journey.results.map(({ node, outcome }) => `${node}.${outcome}`)).toEqual(['trusted_device.trusted']);
      expect((await timeline(arrived.journey.id)).filter((event) => event.startsWith('block:deviceProof'))).toHaveLength(1);
      expect(await world.db.selectFrom('velocity_event').select('at').where('journey_id', '=', arrived.journey.id).execute()).toHaveLength(1);
    });

    test('a process that dies while the carrier is asked loses nothing: another one goes on', async () => {
      const { desktop } = await world.verify();
      const arrived = await world.arrive(desktop);
      world.told.carrier = () => Promise.reject(new Error('killed'));
      await expect(world.prove(arrived, desktop)).rejects.toThrow('killed');
      world.told.carrier = plain.carrier;
      world.clock.advance({ seconds: 30 });
      const back = await world.process().byId(arrived.journey.id);
      expect(back?.rest).toMatchObject({ kind: 'decided', decision: { verdict: 'approve' } });
    });
  });

  describe('a stranger', () => {
    test.each([['no cookie', undefined, 'no_device_cookie'], ['a cookie that nobody gave', hashOf('made up'), 'device_not_known']])('%s is asked as anybody is', async (_name, cookie, code) => {
      await world.verify();
      const arrived = await world.arrive({ cookie });
      expect([pageName(arrived), ...outcomeOf(arrived), kindsOf(arrived)]).toEqual(['session_risk', 'unknown', code, []]);
    });

    test('the key without its cookie opens nothing: it is not even asked for', async () => {
      const { desktop } = await world.verify();
      expect(pageName(await world.arrive({ ...desktop, cookie: undefined }))).toBe('session_risk');
    });

    test('a cookie of test keys is not known under live ones', async () => {
      const { desktop } = await world.verify();
      expect(outcomeOf(await world.arrive(desktop, { mode: 'live' }))).toEqual(['unknown', 'device_not_known']);
    });

    test('the cookie taken away before the answer', async () => {
      const { desktop } = await world.verify();
      const back = await world.comeBack(desktop, { cookie: null });
      expect([pageName(back), ...outcomeOf(back)]).toEqual(['session_risk', 'unknown', 'cookie_gone']);
      expect(kindsOf(back)).toEqual(['session']);
    });
  });

  describe('less than clean: a link to the known phone', () => {
    test('the cookie alone, its key gone: the link confirms, and from then on the new key counts', async () => {
      const { accountId, desktop } = await world.verify();
      const emptied = { ...desktop, key: await browserKey() };
      const back = await world.comeBack(emptied);
      expect([pageName(back), ...outcomeOf(back), kindsOf(back)]).toEqual(['sms_wait', 'elevated', 'proof_key_mismatch', ['session', 'known_person', 'device_key']]);
      // Judged as any other session: nothing was proved.
      expect(world.gathered.at(-1)?.proved).toBeUndefined();
      const confirmed = await world.confirm(back);
      expect(confirmed.rest).toMatchObject({ kind: 'decided', decision: { verdict: 'approve' } });
      expect([confirmed.accountId, levelOf(confirmed.evidence)]).toEqual([accountId, 'urn:gatehouse:acr:phone']);
      await world.issue(confirmed.journey.id, emptied);
      expect(outcomeOf(await world.comeBack(emptied))).toEqual(['trusted', 'device_trusted']);
    });

    test.each([
      ['no proof', { key: null }, 'proof_missing'],
      ['garbage', { proof: 'a.b.c' }, 'proof_malformed'],
      ['signed for another origin', { audience: 'https://evil.example' }, 'proof_audience'],
      ['another look', { look: { ...DESKTOP_LOOK, platform: 'x', timezone: 'Asia/Tokyo', hardwareConcurrency: 2, deviceMemory: 2, colorGamut: 'p3', audio: 'x' } }, 'fingerprint_different'],
      ['no look any more', { look: null }, 'fingerprint_different'],
    ])('%s', async (_name, answer, code) => {
      const { desktop } = await world.verify();
      const back = await world.comeBack(desktop, answer);
      expect([pageName(back), ...outcomeOf(back)]).toEqual(['sms_wait', 'elevated', code]);
      expect(kindsOf(back)).not.toContain('device_proof');
    });

    test('"this was not me" is a denial', async () => {
      const { desktop } = await world.verify();
      const back = await world.confirm(await world.comeBack(desktop, { key: null }), { refuse: 'yes' });
      expect(back.rest).toMatchObject({ kind: 'decided', decision: { verdict: 'deny', reasons: [{ code: 'reportedByUser' }] } });
      expect(back.accountId).toBeUndefined();
    });

    test('a session that is challenged, and a carrier that cannot tell', async () => {
      const { desktop } = await world.verify();
      world.told.session = 'challenge';
      expect(outcomeOf(await world.comeBack(desktop))).toEqual(['elevated', 'session_challenged']);
      world.told.session = 'allow';
      world.clock.advance({ days: 2 });
      for (const answer of [simAnswer(null), { kind: 'timed_out' }, { kind: 'not_configured' }]) {
        world.told.sim = async () => answer as never;
        const back = await world.comeBack(desktop);
        expect(outcomeOf(back)).toEqual(['elevated', 'sim_change_unknown']);
        expect((await timeline(back.journey.id)).some((event) => event.startsWith('block:simChange:fail'))).toBe(true);
      }
    });

    test.each([
      ['somebody who does something', { acr: [], active: true }, 'active_login_wanted'],
      ['more than the device gives', { acr: ['urn:gatehouse:acr:phone'], active: false }, 'acr_above_device'],
    ])('the application wants %s', async (_name, wanted, code) => {
      const { desktop } = await world.verify();
      const back = await world.comeBack(desktop, {}, { opening: { credential: undefined, clientName: 'App', locale: 'en', wanted } });
      expect(outcomeOf(back)).toEqual(['elevated', code]);
      const confirmed = await world.confirm(back);
      expect([confirmed.rest.kind === 'decided' && confirmed.rest.decision.verdict, levelOf(confirmed.evidence)]).toEqual(['approve', 'urn:gatehouse:acr:phone']);
    });

    test('a proof made for another journey', async () => {
      const { desktop } = await world.verify();
      const first = await world.arrive(desktop);
      const stolen = (await world.proofForm(first, desktop)).values.open()['device_key'] ?? '';
      expect(outcomeOf(await world.comeBack(desktop, { proof: stolen }))).toEqual(['elevated', 'proof_challenge']);
    });
  });

  describe('contradictory: the whole verification', () => {
    test.each([
      ['another operating system', { look: { ...DESKTOP_LOOK, userAgent: DESKTOP_LOOK.userAgent.replace('Windows NT 10.0; Win64; x64', 'X11; Linux x86_64') } }],
      ['a touch screen that was not there', { look: { ...DESKTOP_LOOK, touchPoints: 10 } }],
    ])('%s', async (_name, answer) => {
      const { desktop } = await world.verify();
      const back = await world.comeBack(desktop, answer);
      expect([pageName(back), ...outcomeOf(back), kindsOf(back)]).toEqual(['session_risk', 'high', 'fingerprint_contradictory', ['session']]);
    });

    test('cookies copied into a browser that is another known device', async () => {
      const [{ desktop }, other] = [await world.verify(), await world.verify()];
      const back = await world.comeBack(desktop, { key: other.desktop.key });
      expect([pageName(back), ...outcomeOf(back)]).toEqual(['session_risk', 'high', 'key_of_another_device']);
      const mixed = await world.comeBack(desktop, { cookie: other.desktop.cookie ?? null });
      expect(outcomeOf(mixed)).toEqual(['high', 'cookie_of_another_device']);
    });

    test('a profile that was cloned whole: the copy that is behind ends the trust of both, and is reported once', async () => {
      const { accountId, desktop } = await world.verify();
      const clone = { ...desktop };
      for (let use = 0; use < 4; use += 1) {
        world.clock.advance({ minutes: 5 });
        const back = await world.comeBack(desktop);
        expect(outcomeOf(back)[0]).toBe('trusted');
        await world.issue(back.journey.id, desktop);
        if (use === 0) clone.cookie = desktop.cookie;
      }
      world.clock.advance({ minutes: 5 });
      const stolen = await world.arrive(clone);
      expect([pageName(stolen), ...outcomeOf(stolen)]).toEqual(['session_risk', 'high', 'cookie_replayed']);
      expect(outcomeOf(await world.arrive(desktop))).toEqual(['high', 'trust_revoked']);
      await world.arrive(clone);
      const reports = (await world.incidents.list({ most: 100 })).filter((one) => one.accountId === accountId);
      expect(reports).toMatchObject([{ kind: 'cookie_replayed', status: 'open', journeyId: stolen.journey.id }]);
      expect((await everyTrust(accountId)).toSorted()).toEqual(['replayed', undefined]);
    });

    test('a SIM that was swapped since: no link is sent, and nothing of that person is trusted any more', async () => {
      const { accountId, desktop, phone } = await world.verify();
      const messages = world.sent.length;
      world.told.sim = async () => simAnswer(true);
      const back = await world.comeBack(desktop);
      expect([pageName(back), ...outcomeOf(back), kindsOf(back)]).toEqual(['session_risk', 'high', 'sim_swapped', ['session']]);
      expect([world.sent.length, await everyTrust(accountId)]).toEqual([messages, ['sim_swapped', 'sim_swapped']]);
      expect(outcomeOf(await world.arrive(phone))).toEqual(['high', 'trust_revoked']);
    });

    test('without its key the SIM is looked at before a link goes out', async () => {
      const { desktop } = await world.verify();
      world.told.sim = async () => simAnswer(true);
      expect(outcomeOf(await world.comeBack(desktop, { key: null }))).toEqual(['high', 'sim_swapped']);
    });

    test('a document is wanted', async () => {
      const { desktop } = await world.verify();
      const wanted = { acr: ['urn:gatehouse:acr:document'], active: false };
      expect(outcomeOf(await world.comeBack(desktop, {}, { opening: { credential: undefined, clientName: 'App', locale: 'en', wanted } }))).toEqual(['high', 'acr_beyond_link']);
    });
  });

  test('a session that is denied is denied, on a trusted device too', async () => {
    const { desktop } = await world.verify();
    world.told.session = 'deny';
    const back = await world.comeBack(desktop);
    expect(back.rest).toMatchObject({ kind: 'decided', decision: { verdict: 'deny', reasons: [{ code: 'session_denied' }] } });
    expect([outcomeOf(back)[0], kindsOf(back), world.simAsked]).toEqual(['blocked', ['session'], []]);
  });

  describe('trust that ended', () => {
    test('by its time', async () => {
      const { desktop } = await world.verify();
      world.clock.advance({ days: 180 });
      const arrived = await world.arrive(desktop);
      expect([pageName(arrived), ...outcomeOf(arrived)]).toEqual(['session_risk', 'unknown', 'trust_expired']);
    });

    test('because it was revoked, at the very last moment too', async () => {
      const { accountId, desktop } = await world.verify();
      const arrived = await world.arrive(desktop);
      await world.devices.revoke({ accountId, reason: 'by_person', now: world.clock.now() });
      expect(outcomeOf(await world.arrive(desktop))).toEqual(['high', 'trust_revoked']);
      const back = await world.prove(arrived, desktop);
      expect([pageName(back), ...outcomeOf(back), kindsOf(back)]).toEqual(['session_risk', 'high', 'trust_revoked', ['session']]);
    });

    test('with its account', async () => {
      const { accountId, desktop } = await world.verify();
      const arrived = await world.arrive(desktop);
      await world.db.transaction().execute(async (tx) => {
        await tx.updateTable('account').set({ erased_at: START, identity_hash: null, sealed: null }).where('id', '=', accountId).execute();
        await revokeAllOfAccount(tx, accountId, 'erased', START);
      });
      expect(outcomeOf(await world.arrive(desktop))).toEqual(['unknown', 'account_erased']);
      expect(outcomeOf(await world.prove(arrived, desktop))).toEqual(['unknown', 'account_erased']);
    });

    test('with the evidence it stood on', async () => {
      const { id, desktop } = await world.verify();
      await world.db.deleteFrom('evidence').where('journey_id', '=', id).execute();
      expect(outcomeOf(await world.arrive(desktop))).toEqual(['unknown', 'verification_gone']);
    });
  });

  describe('another person on the same laptop', () => {
    const named = (credential: string) => ({ opening: { credential: Personal.of(credential), clientName: 'App', locale: 'en' } });

    test('named by the application: not the one who is trusted', async () => {
      const { desktop } = await world.verify(named('alice'));
      expect(outcomeOf(await world.comeBack(desktop, {}, named('alice')))).toEqual(['trusted', 'device_trusted']);
      const other = await world.arrive(desktop, named('bob'));
      expect([pageName(other), ...outcomeOf(other)]).toEqual(['session_risk', 'unknown', 'another_credential']);
    });

    test('named by nobody: of two nobody can say which', async () => {
      const { desktop, accountId } = await world.verify(named('carol'));
      const second = await world.verify(named('dave'), desktop);
      expect(second.accountId).not.toBe(accountId);
      expect(outcomeOf(await world.arrive(desktop))).toEqual(['unknown', 'several_people']);
      const carol = await world.comeBack(desktop, {}, named('carol'));
      expect([carol.accountId, outcomeOf(carol)[0]]).toEqual([accountId, 'trusted']);
    });
  });

  describe('time', () => {
    test('a challenge that grew old is replaced and answered anew, so often and no more', async () => {
      const { desktop } = await world.verify();
      const arrived = await world.arrive(desktop);
      let position = arrived;
      const challenges = new Set<unknown>();
      for (let round = 0; round < 3; round += 1) {
        expect(pageName(position)).toBe('device_proof');
        if (position.rest.kind === 'page') challenges.add(position.rest.page.model['challenge']);
        const sentForm = await world.proofForm(position, desktop);
        world.clock.advance({ seconds: 61 });
        await world.engine.submit(arrived.journey.id, sentForm);
        position = (await world.engine.byId(arrived.journey.id)) ?? position;
      }
      expect([challenges.size, pageName(position), ...outcomeOf(position)]).toEqual([3, 'sms_wait', 'elevated', 'proof_challenge']);
    });

    test('the form of an earlier challenge is not held against the browser', async () => {
      const { desktop } = await world.verify();
      const arrived = await world.arrive(desktop);
      const old = await world.proofForm(arrived, desktop);
      world.clock.advance({ seconds: 61 });
      await world.engine.submit(arrived.journey.id, old);
      await world.engine.submit(arrived.journey.id, old);
      const again = await world.engine.byId(arrived.journey.id);
      if (!again) throw new Error('the journey is gone');
      expect(pageName(again)).toBe('device_proof');
      expect(outcomeOf(await world.prove(again, desktop))).toEqual(['trusted', 'device_trusted']);
    });

    test('a browser without a script is not asked twice', async () => {
      const { desktop } = await world.verify();
      const arrived = await world.arrive(desktop);
      world.clock.advance({ minutes: 2 });
      expect(outcomeOf(await world.prove(arrived, desktop, { key: null, look: null }))).toEqual(['elevated', 'proof_missing']);
    });
  });
});
