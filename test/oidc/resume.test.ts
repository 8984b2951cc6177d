/** The way back from the pages, whatever overtakes what: one code per interaction, and never a dead end without one. */
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import * as client from 'openid-client';
import { describeDatabases } from '../support/postgres.ts';
import { approved, Browser, harness, start, type Harness } from './harness.ts';

describeDatabases('resuming', (database) => {
  let h: Harness;
  let config: client.Configuration;
  let account: string;

  beforeAll(async () => {
    h = await harness(database);
    config = await h.discover(await h.addKey());
    account = await h.addAccount();
  });
  afterAll(() => h.close());
  afterEach(() => {
    vi.restoreAllMocks();
    h.decide = () => approved(account);
  });

  /** At the pages, in a browser of its own. */
  async function waiting(from?: URL): Promise<{ browser: Browser; interaction: URL }> {
    h.decide = () => approved(account);
    const browser = new Browser();
    const answer = await browser.get(from ?? (await start(config)).url);
    return { browser, interaction: new URL(answer.headers.get('location') ?? '', h.issuer) };
  }
  const resumeOf = async (browser: Browser, interaction: URL): Promise<string> => (await browser.get(interaction)).headers.get('location') ?? '';
  const codeIn = (answer: Response): string | null => URL.parse(answer.headers.get('location') ?? '')?.searchParams.get('code') ?? null;
  const count = async (model: string): Promise<number> => (await h.db.selectFrom('oidc_record').select('model').where('model', '=', model).execute()).length;

  it('once is all: a slow finish cannot bring back an interaction that a fast one resumed', async () => {
    const { browser, interaction } = await waiting();
    const decided = approved(account);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => { release = resolve; });
    let arrived = (): void => undefined;
    const there = new Promise<void>((resolve) => { arrived = resolve; });
    h.decide = async () => { arrived(); await held; return decided; };
    const slow = browser.get(interaction);
    await there;
    h.decide = () => decided;
    const resume = await resumeOf(browser, interaction);
    // The cookie of resuming is gone after the first; a second window of the same browser still has it.
    const second = new Map(browser.cookies);
    expect(codeIn(await browser.get(resume))).toBeTruthy();
    release();
    expect((await slow).status).toBe(400);
    for (const [name, cookie] of second) browser.cookies.set(name, cookie);
    const again = await browser.get(resume);
    expect([again.status, codeIn(again)]).toEqual([400, null]);
    expect(await again.text()).toContain('data-code="session_not_found"');
  });

  it.each(['plain', 'pushed'])('in parallel gives one code, and one session (%s request)', async (how) => {
    const { url } = await start(config);
    const from = how === 'plain' ? url : await client.buildAuthorizationUrlWithPAR(config, Object.fromEntries(url.searchParams));
    const { browser, interaction } = await waiting(from);
    const resume = await resumeOf(browser, interaction);
    const before = [await count('AuthorizationCode'), await count('Session')];
    const answers = await Promise.all(Array.from({ length: 5 }, () => browser.get(resume)));
    expect(answers.filter((answer) => codeIn(answer) !== null)).toHaveLength(1);
    // The others see a page of ours: the application must not be told of an error beside its code.
    expect(answers.filter((answer) => codeIn(answer) === null).map((answer) => answer.status)).toEqual([400, 400, 400, 400]);
    expect([await count('AuthorizationCode'), await count('Session')]).toEqual(before.map((one) => one + 1));
  });

  it('can be tried again where the code could not be stored', async () => {
    const { browser, interaction } = await waiting();
    const resume = await resumeOf(browser, interaction);
    const kept = new Map(browser.cookies);
    vi.spyOn(h.oidc.records, 'conclude').mockRejectedValueOnce(new Error('the database went away'));
    const failed = await browser.get(resume);
    expect(codeIn(failed)).toBeNull();
    for (const [name, cookie] of kept) browser.cookies.set(name, cookie);
    expect(codeIn(await browser.get(resume))).toBeTruthy();
    expect(codeIn(await browser.get(resume))).toBeNull();
  });

  it('leads on to a new interaction where what was established is gone, and ends the first one with it', async () => {
    const { browser, interaction } = await waiting();
    const resume = await resumeOf(browser, interaction);
    const before = await count('Interaction');
    await h.db.updateTable('account').set({ erased_at: Date.now() }).where('id', '=', account).execute();
    const onward = new URL((await browser.get(resume)).headers.get('location') ?? '', h.issuer);
    await h.db.updateTable('account').set({ erased_at: null }).where('id', '=', account).execute();
    expect(onward.pathname).toMatch(/^\/interaction\//);
    expect(onward.pathname).not.toBe(interaction.pathname);
    expect(await count('Interaction')).toBe(before);
    expect((await browser.get(interaction)).status).toBe(410);
  });

  it('ends the interaction too where no code came of it', async () => {
    const { browser, interaction } = await waiting();
    h.decide = () => ({ error: 'access_denied', description: 'no' });
    const resume = await resumeOf(browser, interaction);
    const kept = new Map(browser.cookies);
    expect(new URL((await browser.get(resume)).headers.get('location') ?? '').searchParams.get('error')).toBe('access_denied');
    for (const [name, cookie] of kept) browser.cookies.set(name, cookie);
    const again = await browser.get(resume);
    expect(again.status).toBe(400);
    expect(await again.text()).toContain('data-code="session_not_found"');
    expect((await browser.get(interaction)).status).toBe(410);
  });
});
