/** What judging a silent return costs in this process: lists, headers, travel and the rules, without the database. */
import { loadFeeds } from '../src/feeds/feeds.ts';
import { TEMPLATES } from '../src/journey/templates/index.ts';
import { workflowDefinition } from '../src/journey/workflow.ts';
import { Personal } from '../src/personal.ts';
import { judgeSilentReturn, type SilentReturn } from '../src/steps/trusted_device/silent.ts';
import { chromiumHeaders, UA } from '../test/steps/session_risk/samples.ts';
import { median } from './load.ts';
import { amount } from './table.ts';

const NOW = 1_800_000_000_000;

/** Rows of the printed table, in turn. */
export async function silentJudgement(rounds: number): Promise<readonly (readonly string[])[]> {
  const definition = workflowDefinition.parse(TEMPLATES['user_onboarding']);
  const deps: Parameters<typeof judgeSilentReturn>[0] = {
    feeds: await loadFeeds({}, () => NOW),
    workflows: { version: async (id, version) => ({ id, version, definition }) },
    policies: { of: async () => ({ active: undefined, shadow: undefined }) },
    returns: {
      count: async () => ({ before: 3, last: { at: NOW - 60_000, place: { country: 'GB' } } }),
      sighted: async () => undefined,
      refused: async () => undefined,
    },
    now: () => NOW,
  };
  const asked = (deviceId: string | undefined): SilentReturn => ({
    outcome: {
      policy: 'w@1', journeyId: 'j', accountId: 'a', decidedAt: NOW, deviceId, boundDevices: [],
      device: deviceId === undefined ? undefined : { tokenHash: 'a', previousHash: undefined, previousUntil: undefined, trustedUntil: NOW + 1 },
      profile: async () => undefined,
    },
    mode: 'live', presented: 'a',
    visitor: { address: Personal.of('81.2.69.142'), userAgent: UA.chromeWindows, headers: chromiumHeaders('Windows'), locale: 'en' },
  });
  const sides = [{ name: 'judged', one: asked('d'), times: [] as number[] }, { name: 'none', one: asked(undefined), times: [] as number[] }] as const;
  for (let round = -200; round < rounds; round += 1) {
    for (const { one, times } of sides) {
      const began = performance.now();
      const refusal = await judgeSilentReturn(deps, one);
      if (refusal !== undefined) throw new Error(`a return was refused for ${refusal}`);
      if (round >= 0) times.push(performance.now() - began);
    }
  }
  return sides.map(({ name, times }) => [name, amount(median(times))]);
}
