/** `npm run journey`: everything recorded, nothing personal, as a process of its own too. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { journeyLines } from '../../src/commands/journey_lines.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { Personal } from '../../src/personal.ts';
import { journeyReport } from '../../src/store/journey_report.ts';
import { silentReturns } from '../../src/store/silent_return.ts';
import { describeDatabases, type FreshDatabase } from '../support/postgres.ts';
import { ROOT } from '../support/process.ts';
import { newJourney, NOW, storesOn, type Stores } from '../store/support.ts';
import { writtenJourney, type Written } from './support.ts';

describeDatabases('npm run journey', ({ kind, fresh }) => {
  let database: FreshDatabase;
  let opened: OpenedDatabase;
  let stores: Stores;
  let written: Written;
  const statements: string[] = [];
  beforeAll(async () => {
    database = await fresh();
    opened = await database.open({ onQuery: (sql) => statements.push(sql) });
    stores = await storesOn(opened);
    written = await writtenJourney(opened, stores);
  });
  afterAll(async () => {
    await opened?.close();
    await database?.drop();
  });

  test('tells the decision, steps, risk, devices and timeline', async () => {
    const report = await journeyReport(opened.db, written.journeyId);
    if (!report) throw new Error('no report');
    const text = journeyLines(report).join('\n');
    const parts = ['decision: approve', 'steps', 'risk decisions', 'devices', 'timeline'].map((part) => text.indexOf(`\n${part}`));
    expect(parts.every((at, index) => at > (parts[index - 1] ?? -1))).toBe(true);
    expect(text).toContain('sms_link (sms_link): confirmed\n    number_chosen (tries 1)');
    expect(text).toContain('session_risk: challenge, score 30, risk policy version 3');
    expect(text).toContain('decided by score (challenge at 30, deny at 70)');
    expect(text).toContain('signal hosting: hosting_net, ok, severity medium, 30 points, from feed (asn 64500)');
    expect(text).toContain('signal listed: list_unknown, unknown, severity low, 5 points not enforced');
    expect(text).toContain('tor_not_listed, ok, severity none, from feed ab12 2026-11-21');
    expect(text).toContain('without signal hosting_net: allow, score 0');
    expect(text).toContain('shadow: version 4 would have said deny, score 100, by hosting_denied');
    expect(text).toContain('later: allow, score 0, risk policy of the workflow\n    its record has a shape that this version does not read');
    expect(text).toContain(`browser: desktop ${written.deviceId}, Chrome on Windows, cookie not given\n    trusted at w by this journey: sms_link, urn:gatehouse:acr:phone, until`);
    expect(text).toMatch(/\+\s+0\.0s block possessionLink: success, confirmed \(tries 1\) \[sms_link\]/);
    expect(text).toContain(`account ${written.accountId}`);
  });

  test('tells how often the decision was used again without a page, and why it once was not', async () => {
    const lines = async (): Promise<string> => {
      const report = await journeyReport(opened.db, written.journeyId);
      return report ? journeyLines(report).join('\n') : '';
    };
    expect(await lines()).not.toContain('silent returns');
    const returns = silentReturns(opened.db, { keyedHash: (_use, text) => text });
    const one = { mode: 'test', journeyId: written.journeyId, deviceId: written.deviceId, presented: undefined, subject: Personal.of(written.accountId), policyVersion: 3, country: 'US', since: 0 } as const;
    for (const now of [NOW, NOW + 1000, NOW + 2000]) await returns.count({ ...one, now });
    expect(await lines()).toContain(`silent returns\n  3 accepted by the cookie of device ${written.deviceId} and its standing trust, judged by risk policy version 3\n`);
    await returns.refused(written.journeyId, 'impossible_travel', NOW + 2000);
    const text = await lines();
    expect(text).toContain('\n  2 accepted by');
    expect(text).toContain(`first ${new Date(NOW).toISOString()}, last asked ${new Date(NOW + 2000).toISOString()} from US\n  1 sent to the pages, the last ${new Date(NOW + 2000).toISOString()} for impossible_travel`);
  });

  test('reads no sealed column, and prints nothing personal', async () => {
    statements.length = 0;
    const report = await journeyReport(opened.db, written.journeyId);
    expect(statements.length).toBeGreaterThan(3);
    expect(statements.filter((sql) => /sealed|\*|evidence|consent/.test(sql))).toEqual([]);
    expect(JSON.stringify(report)).not.toMatch(/Andrew|4075550123/);
  });

  test('tells an undecided journey as such, and none where there is none', async () => {
    const { journey } = await stores.journeys.open(newJourney());
    const report = await journeyReport(opened.db, journey.id);
    const lines = report ? journeyLines(report) : [];
    expect(lines).toContain(`undecided; it may go on until ${new Date(journey.expiresAt).toISOString()}`);
    expect(lines).not.toContain('devices');
    expect(await journeyReport(opened.db, 'nobody')).toBeUndefined();
  });

  if (kind === 'postgres') {
    test('runs by itself beside a gateway, and fails with a sentence', async () => {
      const env = { PATH: process.env['PATH'] ?? '', DATABASE_URL: database.url ?? '', MASTER_KEYS: `m:${randomBytes(32).toString('base64')}`, ISSUER: 'http://localhost:3000' };
      const run = (...args: string[]) => promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], { cwd: ROOT, env });
      const { stdout, stderr } = await run('src/commands/journey.ts', written.journeyId);
      expect(stdout).toContain(`journey ${written.journeyId}\n`);
      expect(stderr).toBe('');
      expect((await run('src/commands/devices.ts', 'list', written.accountId)).stdout).toContain(written.deviceId);
      await expect(run('src/commands/journey.ts', 'nobody')).rejects.toMatchObject({ code: 1, stderr: 'there is no such journey, or none any more\n' });
    });
  }
});
