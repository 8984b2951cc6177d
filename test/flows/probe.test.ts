import { it } from 'vitest';
import { SPECIAL_NUMBERS } from '../../src/vendors/sandbox/numbers.ts';
import { atLink, decisionOf, setScene, timeline, approve, EVERYTHING } from './scene.ts';
it('probe', async () => {
  const scene = await setScene({ env: { SANDBOX_TIMEOUT_MS: '400' }, replace: { sandboxSlowMs: 2000 } });
  const t = Date.now();
  const a = await approve(scene, { scope: EVERYTHING });
  console.log(a.tokens.claims(), await scene.app.userinfo(a.tokens), await timeline(scene, a.person));
  console.log(Date.now() - t);
  for (const { name, number } of SPECIAL_NUMBERS) {
    const { person } = await atLink(scene, {}, { details: { phone: number } });
    const t0 = Date.now();
    if (person.page === 'working') await person.until('denied', 'sms_wait');
    console.log(name, number, person.page, JSON.stringify(await decisionOf(scene, person)), (await timeline(scene, person)).slice(9).filter((l) => !l.startsWith('phase')), Date.now() - t0);
  }
  await scene.close();
});
