/** One browser that loses answers is never taken for two; two that hold copies are found. On a model of browsers, at random. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TokenStanding } from '../../src/devices/store.ts';
import { OVERLAP_MS } from '../../src/devices/token.ts';
import { Personal } from '../../src/personal.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { silentReturns } from '../../src/store/silent_return.ts';
import { describeDatabases, ownDatabase } from '../support/postgres.ts';
import { DAY, deviceWorld, freshHash, shown, type DeviceWorld } from './device_world.ts';
import { NOW } from './support.ts';

/** A person at one browser, whose answers may be lost. */
type Deed =
  | { readonly kind: 'wait'; readonly ms: number }
  /** As many tabs at once, each with the cookie that was there; the answers that arrive, in the order they do. */
  | { readonly kind: 'return'; readonly tabs: number; readonly arriving: readonly number[] }
  /** The last page once more. */
  | { readonly kind: 'reload'; readonly arrives: boolean }
  | { readonly kind: 'silent' };

const deeds: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(0, 1_000, 5_000, 30_000, OVERLAP_MS, DAY) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('return' as const), tabs: fc.integer({ min: 1, max: 3 }), arriving: fc.shuffledSubarray([0, 1, 2]) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reload' as const), arrives: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant<Deed>({ kind: 'silent' }) },
);

describeDatabases('cookies of one device', ({ fresh }) => {
  let opened: OpenedDatabase;
  let world: DeviceWorld;
  ownDatabase(fresh, async (own) => {
    opened = own;
    world = await deviceWorld(opened);
  });

  /** A device and the ways of coming back on it. */
  const begin = async () => {
    const key = shown();
    const loaded = await world.approve({ keys: [key] });
    const returns = silentReturns(opened.db, { keyedHash: (_purpose, text) => text });
    const standing = async (held: string, now: number): Promise<TokenStanding | undefined> => (await world.devices.byToken(held, 'test', now))?.token;
    return {
      first: loaded.journey.id,
      standing,
      approved: async (): Promise<string> => (await world.approve({ keys: [key] })).journey.id,
      issue: async (journeyId: string, presented: string | undefined, now: number): Promise<string | undefined> => {
        const hash = freshHash();
        return (await world.devices.issue({ journeyId, channel: 'browser', fresh: hash, presented, now })) ? hash : undefined;
      },
      silently: (presented: string, now: number) => returns.count({
        mode: 'test', journeyId: loaded.journey.id, deviceId: loaded.deviceId ?? '', presented, subject: Personal.of('a'), policyVersion: 0, country: undefined, now, since: now,
      }),
    };
  };

  test('one owner is let in whatever is lost, and in whichever order answers come', async () => {
    await fc.assert(fc.asyncProperty(fc.array(deeds, { minLength: 4, maxLength: 14 }), async (story) => {
      const device = await begin();
      let [now, last, held] = [NOW, device.first, undefined as string | undefined];
      const stands = async (): Promise<void> => {
        if (held !== undefined) expect(['current', 'previous', 'lost']).toContain(await device.standing(held, now));
      };
      for (const deed of story) {
        if (deed.kind === 'wait') {
          now += deed.ms;
        } else if (deed.kind === 'silent') {
          if (held !== undefined) await device.silently(held, now);
        } else if (deed.kind === 'reload') {
          const given = await device.issue(last, held, now);
          if (deed.arrives) held = given ?? held;
        } else {
          await stands();
          const sent = held;
          const answers: (string | undefined)[] = [];
          for (let tab = 0; tab < deed.tabs; tab += 1) {
            last = await device.approved();
            answers.push(await device.issue(last, sent, now));
          }
          for (const tab of deed.arriving) held = answers[tab] ?? held;
        }
        await stands();
      }
      now += DAY;
      await stands();
    }), { numRuns: 40 });
  });

  test('of two that hold copies one is found, at the latest when whoever came first comes again after the other', async () => {
    const visits = fc.array(fc.record({ clone: fc.boolean(), silent: fc.boolean(), pause: fc.constantFrom(OVERLAP_MS, DAY) }), { minLength: 2, maxLength: 9 });
    await fc.assert(fc.asyncProperty(visits, async (story) => {
      const device = await begin();
      const copied = (await device.issue(device.first, undefined, NOW)) ?? '';
      const held: Record<'owner' | 'clone', string> = { owner: copied, clone: copied };
      const came: ('owner' | 'clone')[] = [];
      let now = NOW;
      for (const { clone, silent, pause } of story) {
        const who = clone ? 'clone' : 'owner';
        now += pause;
        const stood = await device.standing(held[who], now);
        expect(stood).toBeDefined();
        if (stood === 'replayed') return void expect(new Set([...came, who]).size).toBe(2);
        // Whoever came before the other did, and comes again, is one of two.
        expect(came.includes(who) && came.slice(came.indexOf(who)).some((one) => one !== who)).toBe(false);
        came.push(who);
        held[who] = (await device.issue(await device.approved(), held[who], now)) ?? held[who];
        if (silent) {
          await device.silently(held[who], now);
          // It has been used: the next of the others is one too many.
          expect(await device.standing(held[clone ? 'owner' : 'clone'], now + OVERLAP_MS)).toBe('replayed');
        }
      }
    }), { numRuns: 40 });
  });

  test('what came silently was used: nobody forgives the one before it', async () => {
    const device = await begin();
    const first = (await device.issue(device.first, undefined, NOW)) ?? '';
    const next = (await device.issue(await device.approved(), first, NOW + DAY)) ?? '';
    await device.silently(first, NOW + DAY + 1);
    expect(await device.standing(first, NOW + 2 * DAY)).toBe('lost');
    await device.silently(next, NOW + 2 * DAY);
    expect(await device.standing(first, NOW + 2 * DAY)).toBe('replayed');
  });
});
