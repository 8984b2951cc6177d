/** What a person is counted by, and when it is too often. */
import { describe, expect, it } from 'vitest';
import type { ClaimedIdentity, Journey, Mode } from '../../../src/journey/journey.ts';
import type { VelocityCounts, VelocityQuestion } from '../../../src/journey/rules/velocity.ts';
import { workflowDefinition, type Workflow } from '../../../src/journey/workflow.ts';
import { personKeys, questionLimit } from '../../../src/steps/kba/question_limit.ts';

const NOW = 1_800_000_000_000;
const PERSON: ClaimedIdentity = {
  givenName: 'José María', familyName: "O'Byron", street: '1 Main St', city: 'X', region: '', postalCode: '34743-0001', country: 'US', phone: '+14075550123', birthDate: '1969-09-26',
};
const keysOf = (change: Partial<ClaimedIdentity> = {}): readonly string[] => personKeys({ ...PERSON, ...change }).map(({ key }) => key.open());

describe('a person is counted by the name and each of what tells them apart', () => {
  it('which is birth date, phone and postal code', () => {
    expect(keysOf()).toEqual(['josemaria obyron born 1969-09-26', 'josemaria obyron phone +14075550123', 'josemaria obyron post US34743']);
    expect(new Set(personKeys(PERSON).map(({ dimension }) => dimension))).toEqual(new Set(['kba']));
  });

  it('however the name is spelled, whatever stands at the end of a ZIP code, and whatever was left out', () => {
    expect(keysOf({ givenName: ' JOSE-maria', familyName: 'OByron', postalCode: '34743 9999' })).toEqual(keysOf());
    expect(keysOf({ birthDate: undefined, postalCode: '' } as unknown as Partial<ClaimedIdentity>)).toEqual(['josemaria obyron phone +14075550123']);
    expect(keysOf({ country: 'GB', postalCode: 'hg2 9zx' })[2]).toBe('josemaria obyron post GBhg29zx');
  });

  it('so that another phone and another street do not make another person', () => {
    const shared = (change: Partial<ClaimedIdentity>): number => keysOf(change).filter((key) => keysOf().includes(key)).length;
    expect([shared({ phone: '+14075550199', street: '9 Side St' }), shared({ postalCode: '99999' }), shared({ givenName: 'Ada' })]).toEqual([2, 2, 0]);
  });
});

describe('the limit', () => {
  const asked: VelocityQuestion[] = [];
  const look = (seen: Readonly<Record<string, number>>, mode: Mode, velocityDeniesTest = false) => {
    asked.length = 0;
    const counts: VelocityCounts = {
      count: async (questions) => (asked.push(...questions), new Map(questions.map(({ rule, key }) => [rule, seen[key.open().split(' ')[2] ?? ''] ?? 0]))),
    };
    const definition = workflowDefinition.parse({ name: 'n', template: 't', entry: 'a', nodes: {}, options: { risk: { velocityDeniesTest } } });
    const view = { journey: { id: 'j', mode } as Journey, workflow: { id: 'w', version: 1, definition } satisfies Workflow, now: NOW };
    return questionLimit(counts).look(PERSON, view);
  };

  it.each([
    ['three sets, this one among them', { born: 3, phone: 3, post: 3 }, false, 3],
    ['a fourth of the same birth date', { born: 4, phone: 1, post: 1 }, true, 4],
    ['a fourth of the same phone', { born: 1, phone: 4, post: 1 }, true, 4],
    ['a fourth of the same postal code', { born: 1, phone: 1, post: 4 }, true, 4],
  ])('%s', async (_what, seen, over, count) => {
    expect(await look(seen, 'live')).toEqual({ over, enforced: true, rule: 'question_sets_per_person_24h', count, limit: 3 });
    expect(asked).toHaveLength(3);
    for (const question of asked) expect(question).toMatchObject({ dimension: 'kba', since: NOW - 86_400_000, cap: 4, of: 'events' });
  });

  it('denies test keys only where the workflow asks for it', async () => {
    expect(await look({ born: 4 }, 'test')).toMatchObject({ over: true, enforced: false });
    expect(await look({ born: 4 }, 'test', true)).toMatchObject({ over: true, enforced: true });
    expect(asked[0]?.dimension).toBe('test:kba');
  });
});
