/**
 * What judging one session costs, every signal and every velocity rule, on a table of 400,000 velocity rows beside an
 * empty one, with sightings: the two in turn, in this process. A `test` key, under which the full table's attack is found and
 * enforced by nobody, so that both sides come to the same end.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { TEMPLATES } from '../src/journey/templates/index.ts';
import { workflowDefinition } from '../src/journey/workflow.ts';
import { loadFeeds } from '../src/feeds/feeds.ts';
import { Personal } from '../src/personal.ts';
import { gatherSignals } from '../src/steps/session_risk/gather.ts';
import { openDatabase, type Db, type DatabaseAddress } from '../src/store/database.ts';
import { migrate } from '../src/store/migrate.ts';
import { riskPolicyStore } from '../src/store/risk_policies.ts';
import { lastSightings, subjectHash } from '../src/store/sightings.ts';
import { velocityCounts, type VelocityHash } from '../src/store/velocity.ts';
import { chromiumHeaders, COLLECTED, UA } from '../test/steps/session_risk/samples.ts';
import { median } from './load.ts';
import { amount } from './table.ts';

const ROWS = 400_000;
/** Of those, rows of the very session that is judged: every key of it is under attack. */
const HOT_ROWS = 10_000;
const NOW = 1_800_000_000_000;
const ADDRESS = '2001:db8:1:2::9';
const DEVICE = 'a-thumbprint';
const SUBJECT = Personal.of('somebody');
const SIGHTINGS = 100_000;

const hash: VelocityHash = (dimension, value) => createHash('sha256').update(`${dimension}\0${value}`).digest();
const vault = { keyedHash: (use: string, value: string): string => createHash('sha256').update(`${use}\0${value}`).digest('base64url') };

/** Thirty days of other people's rows, in all dimensions, and an hour of an attack on this session's keys. */
async function fill(db: Db): Promise<void> {
  const dimensions = sql`ARRAY['address', 'net64', 'net48', 'email', 'device', 'fingerprint', 'phone', 'identity', 'identity_device', 'failed_net']`;
  await sql`INSERT INTO velocity_event (dimension, key_hash, at, journey_id, peer_hash)
    SELECT 'test:' || (${dimensions})[1 + n % 10], sha256(('key' || n % 60000)::bytea), ${NOW}::bigint - (n::bigint * 6480), 'j' || n, sha256(('peer' || n)::bytea)
    FROM generate_series(1, ${ROWS - HOT_ROWS}::int) AS n`.execute(db);
  const hot: readonly (readonly [string, string])[] = [
    ['address', ADDRESS], ['net64', '2001:db8:1:2::/64'], ['net48', '2001:db8:1::/48'], ['device', DEVICE], ['failed_net', '2001:db8:1:2::/64'],
  ];
  for (const [dimension, key] of hot) {
    await sql`INSERT INTO velocity_event (dimension, key_hash, at, journey_id, peer_hash)
      SELECT ${`test:${dimension}`}::text, ${hash(`test:${dimension}`, key)}::bytea, ${NOW}::bigint - n * 100, 'h' || n, sha256(('peer' || n % 2)::bytea)
      FROM generate_series(1, ${HOT_ROWS / hot.length}::int) AS n`.execute(db);
  }
  // Where people were seen, this session's among them, often.
  await sql`INSERT INTO sighting (subject_hash, at, country, latitude, longitude, radius_km, network)
    SELECT CASE WHEN n % 100 = 0 THEN ${subjectHash(vault, 'test', SUBJECT)}::text ELSE 's' || n % 30000 END, ${NOW}::bigint - 86400000 - n * 25000::bigint, 'GB', 51.5, -0.1, 20, 'access'
    FROM generate_series(1, ${SIGHTINGS}::int) AS n`.execute(db);
  await sql`ANALYZE velocity_event, sighting`.execute(db);
}

async function judge(db: Db): Promise<() => Promise<string>> {
  const workflow = { id: 'w', version: 1, definition: workflowDefinition.parse({ ...TEMPLATES['user_onboarding'], options: { risk: { collect: 'email' } } }) };
  const deps = {
    feeds: await loadFeeds({}, () => NOW), velocity: velocityCounts(db, hash), sightings: lastSightings(db, vault), policies: riskPolicyStore(db, () => NOW),
    mail: { of: () => Promise.reject(new Error('no network here')) }, sign: (text: string) => vault.keyedHash('sign', text),
  };
  return async () => {
    const { decision } = await gatherSignals(deps, {
      visitor: { address: Personal.of(ADDRESS), userAgent: UA.chromeWindows, headers: chromiumHeaders('Windows'), locale: 'en' },
      values: { collector: JSON.stringify(COLLECTED) }, workflow, mode: 'test', journeyId: 'j', now: NOW,
      email: 'ann@example.com', subject: SUBJECT, device: Personal.of(DEVICE),
    });
    return decision.record.outcome;
  };
}

/** Rows of the printed table: the same session on both, in turn. */
export async function riskEvaluation(name: string, at: { readonly empty: DatabaseAddress; readonly full: DatabaseAddress }, rounds: number): Promise<readonly (readonly string[])[]> {
  const [empty, full] = [await openDatabase(at.empty), await openDatabase(at.full)];
  try {
    await migrate(empty.db);
    await migrate(full.db);
    await fill(full.db);
    const sides = [{ run: await judge(empty.db), times: [] as number[] }, { run: await judge(full.db), times: [] as number[] }] as const;
    for (let round = -20; round < rounds; round += 1) {
      for (const { run, times } of sides) {
        const began = performance.now();
        const found = await run();
        if (found !== 'allow') throw new Error(`a session was judged ${found}, and should have been allowed`);
        if (round >= 0) times.push(performance.now() - began);
      }
    }
    const [quiet, busy] = sides.map(({ times }) => median(times)) as [number, number];
    return [
      [name, 'empty', amount(quiet), '1'],
      [name, `${ROWS} rows, ${HOT_ROWS} of them this session's`, amount(busy), `**${(busy / quiet).toFixed(2)}**`],
    ];
  } finally {
    await full.close();
    await empty.close();
  }
}
