import { describe, expect, it } from 'vitest';
import { Personal } from '../../src/personal.ts';
import { measured, vendorMeter, type VendorMeter } from '../../src/vendors/measured.ts';
import { noDocumentVendor, noIdentityMatch, noKba, noLineType, noNumberRecycling, noSimSwap, noSmsSender } from '../../src/vendors/not_configured.ts';
import type { SendAnswer, SimSwapPort, SmsSender, VendorAnswer, VendorSet } from '../../src/vendors/ports.ts';

const HOUR = 3_600_000;
const NOW = 100 * HOUR + 5;
const BOUNDS = [100, 1_000];
const NOBODY: VendorSet = { carrierMatch: noIdentityMatch, databaseMatch: noIdentityMatch, simSwap: noSimSwap, numberRecycling: noNumberRecycling, lineType: noLineType, sms: noSmsSender, kba: noKba, documentVendor: noDocumentVendor };
const meta = { vendor: 'operator', sourceClass: 'operator', simulated: false, latencyMs: 150 } as const;
const PHONE = Personal.of('+14075550123');
type Swap = Awaited<ReturnType<SimSwapPort['check']>>;

function asking(answer: Swap | Error): { readonly meter: VendorMeter; readonly ask: () => Promise<Swap> } {
  const meter = vendorMeter(BOUNDS, () => NOW);
  const check = async (): Promise<Swap> => {
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const vendors = measured({ test: NOBODY, live: { ...NOBODY, simSwap: { check } } }, meter);
  return { meter, ask: () => vendors.live.simSwap.check(PHONE, 1) };
}

const message = { id: 'm', to: PHONE, body: Personal.of('b'), link: Personal.of('l'), validitySeconds: 1 };

async function sent(answer: SendAnswer) {
  const meter = vendorMeter(BOUNDS, () => NOW);
  const sms: SmsSender = { name: 'sender', send: async () => answer };
  const given = await measured({ test: { ...NOBODY, sms }, live: NOBODY }, meter).test.sms.send(message);
  expect(given).toBe(answer);
  return meter.drain();
}

describe('vendors that are measured', () => {
  it.each([
    [{ kind: 'answer', value: { swapped: true }, meta }, 'ok', undefined],
    [{ kind: 'could_not_tell', code: 'not_a_customer', meta }, 'could_not_tell', 'not_a_customer'],
    [{ kind: 'timed_out', meta }, 'timed_out', undefined],
    [{ kind: 'broke', code: 'http_503', meta }, 'broke', 'http_503'],
  ] as const)('answer as before, and %j is counted as %s', async (answer, outcome, code) => {
    const { meter, ask } = asking(answer as VendorAnswer<{ readonly swapped: boolean | null }>);
    expect(await ask()).toBe(answer);
    const [tally, ...more] = meter.drain();
    expect(more).toEqual([]);
    expect(tally).toMatchObject({ vendor: 'operator', capability: 'simSwap', mode: 'live', hour: 100 * HOUR, buckets: [0, 1, 0], last: { at: NOW, outcome, code, ms: 150 } });
    expect(tally?.outcomes).toEqual({ ok: 0, could_not_tell: 0, timed_out: 0, broke: 0, [outcome]: 1 });
    expect(tally?.codes).toEqual(code === undefined ? [] : [{ outcome, code, count: 1 }]);
    expect(meter.drain()).toEqual([]);
  });

  it('says nothing of what is not configured', async () => {
    const meter = vendorMeter(BOUNDS, () => NOW);
    const vendors = measured({ test: NOBODY, live: NOBODY }, meter);
    expect(await vendors.live.kba.grade('s', Personal.of({}))).toEqual({ kind: 'not_configured' });
    expect(await vendors.test.sms.send(message)).toMatchObject({ code: 'not_configured' });
    expect([meter.drain(), vendors.live.documentVendor.name, vendors.live.sms.name]).toEqual([[], 'none', 'none']);
  });

  it('counts what throws as broken, and lets it through', async () => {
    const { meter, ask } = asking(new Error('about +14075550123'));
    await expect(ask()).rejects.toThrow('about');
    const tallies = meter.drain();
    expect(tallies).toMatchObject([{ outcomes: { broke: 1 }, codes: [{ code: 'threw' }] }]);
    expect(JSON.stringify(tallies)).not.toContain('4075550123');
  });

  it.each([
    [{ kind: 'accepted', provider: 'sender' }, 'ok', undefined],
    [{ kind: 'rejected', provider: 'sender', code: 'landline' }, 'ok', 'landline'],
    [{ kind: 'rejected', provider: 'sender', code: 'http_401' }, 'broke', 'http_401'],
    [{ kind: 'unknown', provider: 'sender', code: 'timed_out' }, 'timed_out', 'timed_out'],
    [{ kind: 'unknown', provider: 'sender', code: 'http_503' }, 'broke', 'http_503'],
  ] as const)('of a sender: %j is %s', async (answer, outcome, code) => {
    expect(await sent(answer)).toMatchObject([{ vendor: 'sender', capability: 'sms', mode: 'test', last: { outcome, code } }]);
  });

  it('keeps no prose, and no more codes than a few', async () => {
    const meter = vendorMeter(BOUNDS, () => NOW);
    for (let at = 0; at < 200; at += 1) meter.note({ vendor: 'v', capability: 'kba', mode: 'live', outcome: 'broke', code: `code_${at}`, ms: 1 });
    meter.note({ vendor: 'Dr. No <script>', capability: 'kba', mode: 'live', outcome: 'broke', code: 'no customer of number +1 407', ms: 1 });
    const tallies = meter.drain();
    expect(tallies.map(({ vendor }) => vendor)).toEqual(['v', 'other']);
    expect(tallies[0]?.codes.length).toBeLessThanOrEqual(31);
    expect(tallies[0]?.codes.reduce((sum, { count }) => sum + count, 0)).toBe(200);
    expect(tallies[1]?.codes).toEqual([{ outcome: 'broke', code: 'other', count: 1 }]);
  });

  it('puts every time into one bucket, the longest into the last, and takes back what could not be kept', () => {
    const meter = vendorMeter(BOUNDS, () => NOW);
    for (const ms of [0, 100, 101, 1_000, 1_001, Number.POSITIVE_INFINITY]) meter.note({ vendor: 'v', capability: 'sms', mode: 'test', outcome: 'ok', ms });
    const drained = meter.drain();
    expect(drained[0]?.buckets).toEqual([2, 2, 2]);
    meter.note({ vendor: 'v', capability: 'sms', mode: 'test', outcome: 'broke', code: 'x', ms: 1 });
    meter.putBack(drained);
    expect(meter.drain()).toMatchObject([{ outcomes: { ok: 6, broke: 1 }, buckets: [3, 2, 2], codes: [{ code: 'x', count: 1 }] }]);
  });
});
