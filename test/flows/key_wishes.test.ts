/** What a key says where it says otherwise than its workflow: how a denial goes out, and how long a decision is recent. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { oauthError } from '../support/relying_party.ts';
import { verified } from './known_people.ts';
import { anotherApp, arrive, atLink, cannotCapture, leave, setScene, type Scene } from './scene.ts';

describe('a key that says otherwise than its workflow', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await setScene({ client: { reuse_seconds: 0 } });
  });
  afterAll(() => scene.close());

  it('has a denial in the token although the workflow has an error, and the other way round', async () => {
    const telling = await anotherApp(scene, 'erring', { client: { deny_as: 'token' } });
    const first = await atLink(telling, {}, { details: { givenName: 'Millicent' } });
    await cannotCapture(first.person);
    expect((await telling.app.finish(await leave(first.person), first.signIn)).claims()).toMatchObject({ policyDecision: 'deny' });
    const erring = await anotherApp(scene, 'telling', { options: { denyAs: 'token' }, client: { deny_as: 'error' } });
    const second = await atLink(erring, {}, { details: { givenName: 'Millicent' } });
    await cannotCapture(second.person);
    expect(await oauthError(erring.app.finish(await leave(second.person), second.signIn))).toMatchObject({ error: 'access_denied' });
  });

  it('asks every time where it reuses nothing', async () => {
    const { desktop } = await verified(scene);
    await arrive(scene, { prompt: 'none' }, { person: desktop });
    expect(desktop.callback?.searchParams.get('error')).toBe('interaction_required');
    const { client_id: clientId } = await scene.db.selectFrom('workflow_key').select('client_id').where('workflow_id', '=', 'tested').executeTakeFirstOrThrow();
    expect(await scene.db.selectFrom('grant_outcome').select(['reuse_until', 'decided_at']).where('client_id', '=', clientId).execute()).toSatisfy((rows: { reuse_until: number; decided_at: number }[]) => rows.length > 0 && rows.every((row) => row.reuse_until === row.decided_at));
  });
});
