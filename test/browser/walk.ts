/**
 * What the browser tests share: a gateway with the demo as its application, a person at a desktop and the same person's
 * phone, and the steps of a journey by the names of its pages.
 */
import type { Browser, BrowserContext, BrowserContextOptions, Page, Request } from 'playwright-core';
import { expect, test as plain } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/demo.ts';
import { TEMPLATES } from '../../src/journey/templates/index.ts';
import type { WorkflowSource } from '../../src/journey/workflow.ts';
import { desktopContext, launchChromium, phoneContext } from '../support/chromium.ts';
import { ANDREW, CONSENT_TEXTS, startGateway, type GatewayOptions, type TestGateway } from '../support/gateway.ts';
import { freshDatabase } from '../support/postgres.ts';

export interface Stage {
  readonly browser: Browser;
  readonly gateway: TestGateway;
  readonly demo: Demo;
  /** The workflow of the first demo. */
  readonly source: WorkflowSource;
  /** Another demo application, with a workflow of its own. */
  addDemo(id: string, options: WorkflowSource['options']): Promise<Demo>;
  close(): Promise<void>;
}

/** One gateway, one browser, one application: what a test file shares. */
export async function openStage(options: Omit<GatewayOptions, 'database'> = {}): Promise<Stage> {
  const browser = await launchChromium();
  const database = await freshDatabase('pglite');
  const gateway = await startGateway({ database, ...options });
  const demos: Demo[] = [];
  const template = TEMPLATES['user_onboarding'];
  if (!template) throw new Error('no such template');
  const source: WorkflowSource = { ...template, options: { consentTexts: CONSENT_TEXTS, asyncUIRedirect: 'https://app.example.com/phone-done', ...options.options } };
  const addDemo: Stage['addDemo'] = async (id, extra) => {
    const demo = await startDemo({ issuer: gateway.origin, port: 0, outbox: `${gateway.origin}/dev/outbox` });
    demos.push(demo);
    const key = await gateway.addWorkflow(id, { ...source, options: { ...source.options, asyncUIRedirect: demo.phoneDone, ...extra } }, 'test', {
      client_name: 'Harbour Credit',
      redirect_uris: [demo.callback],
      post_logout_redirect_uris: [`${demo.origin}/`],
    });
    demo.use(key);
    return demo;
  };
  const demo = await addDemo('browser', {});
  return {
    browser,
    gateway,
    demo,
    source,
    addDemo,
    async close() {
      await browser.close();
      await Promise.all(demos.map((one) => one.close()));
      await gateway.close();
      await database.drop();
    },
  };
}

/** A person's browser with one page open, and everything that went wrong in it. */
export interface Seat {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Console errors, uncaught errors and failed requests that nobody expected. */
  readonly wrong: string[];
  /** Forms that were posted, oldest first. */
  readonly posts: Request[];
}

type Extra = Pick<BrowserContextOptions, 'colorScheme' | 'javaScriptEnabled' | 'locale' | 'reducedMotion' | 'userAgent' | 'viewport' | 'isMobile'>;

export interface SeatOptions extends Extra {
  /** Statuses that pages of this test answer with on purpose: Chromium logs each as an error of the console. */
  readonly statuses?: readonly number[];
}

/** Browsers of one test; they are closed when it ends. */
export interface Seats {
  desk(stage: Pick<Stage, 'browser'>, options?: SeatOptions): Promise<Seat>;
  phone(stage: Pick<Stage, 'browser'>, options?: SeatOptions): Promise<Seat>;
}

/** `test` with {@link Seats}. */
export const test = plain.extend<{ seats: Seats }>({
  // The first parameter names the fixtures this one needs: none.
  // oxlint-disable-next-line no-empty-pattern
  seats: async ({}, use) => {
    const taken: BrowserContext[] = [];
    const take = (opened: BrowserContext): BrowserContext => {
      taken.push(opened);
      return opened;
    };
    await use({
      desk: async ({ browser }, { statuses = [], ...extra } = {}) => sit(take(await desktopContext(browser, extra)), statuses),
      phone: async ({ browser }, { statuses = [], ...extra } = {}) => sit(take(await phoneContext(browser, extra)), statuses),
    });
    await Promise.all(taken.map((one) => one.close()));
  },
});

/** Whoever sits at this browser, with a page open and an eye on what goes wrong. */
export async function sit(context: BrowserContext, statuses: readonly number[] = []): Promise<Seat> {
  context.setDefaultTimeout(60_000);
  const wrong: string[] = [];
  const posts: Request[] = [];
  context.on('weberror', (error) => wrong.push(`uncaught: ${error.error().message}`));
  context.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    const status = /the server responded with a status of (\d{3})/.exec(message.text())?.[1];
    if (status === undefined || !statuses.includes(Number(status))) wrong.push(`${message.type()}: ${message.text()} (${message.location().url})`);
  });
  context.on('request', (request) => {
    if (request.method() === 'POST') posts.push(request);
  });
  return { context, page: context.pages()[0] ?? (await context.newPage()), wrong, posts };
}

/** Wait until this page is shown. */
export async function shown(page: Page, name: string): Promise<void> {
  await page.waitForSelector(`body[data-page="${name}"]`).catch(async (thrown: unknown) => {
    const now = await page.locator('body').getAttribute('data-page').catch(() => 'nothing');
    throw new Error(`waited for "${name}", but "${now}" is shown at ${page.url()}`, { cause: thrown });
  });
  await wholly(page);
}

/** The rest of the page is there too: tests read it without waiting. A page whose scripts are held back never says so. */
export async function wholly(page: Page): Promise<void> {
  await page.waitForLoadState('domcontentloaded', { timeout: 5_000 }).catch(() => undefined);
}

/** The first button of the page's form, pressed as a person does. */
export async function goOn(page: Page): Promise<void> {
  await page.locator('main form button').first().click();
}

const TOKENS = {
  givenName: 'given-name', familyName: 'family-name', street: 'address-line1', city: 'address-level2',
  region: 'address-level1', postalCode: 'postal-code', phone: 'tel',
} as const;

export type Details = Partial<Record<keyof typeof TOKENS, string>>;

export async function fillDetails(page: Page, details: Details = {}): Promise<void> {
  const typed: Record<keyof typeof TOKENS, string> = { ...ANDREW, ...details };
  for (const [key, token] of Object.entries(TOKENS)) {
    await page.locator(`[autocomplete="${token}"]`).fill(typed[key as keyof typeof TOKENS]);
  }
}

/** From the application to the form for the details. */
export async function toForm({ page }: Seat, demo: Demo): Promise<void> {
  await page.goto(`${demo.origin}/start`);
  await shown(page, 'session_risk');
  await goOn(page);
  await shown(page, 'pii_form');
}

let numbers = 10;

/** A phone number that no other test of this run uses, so that each finds its own message. */
export function ownNumber(): string {
  return `+1407555${String(100 + numbers++).padStart(4, '0')}`;
}

/** On to the page that waits for the phone; gives the link that was sent. */
export async function toWait(seat: Seat, stage: Stage, demo: Demo = stage.demo): Promise<string> {
  await toForm(seat, demo);
  return throughForm(seat, stage);
}

/** From the form for the details to the page that waits for the phone; gives the link that was sent. */
export async function throughForm({ page }: Seat, stage: Pick<Stage, 'gateway'>): Promise<string> {
  const own = ownNumber();
  await fillDetails(page, { phone: own });
  await goOn(page);
  await shown(page, 'pii_review');
  await goOn(page);
  await shown(page, 'sms_wait');
  return linkTo(stage, own);
}

/** The link last sent to a number, E.164. */
export async function linkTo(stage: Pick<Stage, 'gateway'>, to: string): Promise<string> {
  const sent = (await stage.gateway.outbox()).find((message) => message.to === to);
  if (!sent) throw new Error('no message was sent');
  return sent.link;
}

/** The two digits on the desktop. */
export async function numberOn(page: Page): Promise<string> {
  return (await page.locator('output').innerText()).trim();
}

export function choice(page: Page, number: string): ReturnType<Page['locator']> {
  return page.locator(`button[name="number"][value="${number}"]`);
}

/** Nothing went wrong in any of these browsers. */
export function expectQuiet(...seats: readonly Seat[]): void {
  for (const seat of seats) expect(seat.wrong).toEqual([]);
}
