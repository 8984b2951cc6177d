/**
 * Passkeys in a real browser with Chromium's virtual authenticator (WebAuthn 2, section 11): added where a journey ended
 * well, and the way back in for a browser that nobody knows any more.
 */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { ownAuthenticator, type Authenticator } from '../support/chromium.ts';
import { choice, expectQuiet, goOn, numberOn, openStage, shown, test, toWait, type Seat, type Stage } from './walk.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

async function credentialsOf({ session, id }: Authenticator) {
  return (await session.send('WebAuthn.getCredentials', { authenticatorId: id })).credentials;
}

/** Verified by the phone, up to the page that says so. */
async function verified(desktop: Seat, phone: Seat): Promise<void> {
  const link = await toWait(desktop, stage);
  await phone.page.goto(link);
  const number = await numberOn(desktop.page);
  // Both at once: the page of success goes on by itself after a moment.
  await Promise.all([shown(desktop.page, 'finished'), choice(phone.page, number).click().then(() => shown(phone.page, 'phone_done'))]);
}

async function added(seat: Seat): Promise<void> {
  await seat.page.getByRole('button', { name: 'Add a passkey' }).click();
  await seat.page.getByText('Your passkey was added.').waitFor();
}

describe('a passkey', () => {
  test('is added on the success page, which waits meanwhile, and lets a browser back in that lost everything', async ({ seats }) => {
    const [desktop, phone] = [await seats.desk(stage), await seats.phone(stage)];
    const authenticator = await ownAuthenticator(desktop.page);
    await verified(desktop, phone);
    await desktop.page.getByRole('heading', { name: 'Next time without waiting' }).waitFor();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await desktop.page.locator('body').getAttribute('data-page')).toBe('finished');
    await added(desktop);
    await shown(desktop.page, 'demo_result');
    const [credential] = await credentialsOf(authenticator);
    expect(credential).toMatchObject({ rpId: 'localhost', isResidentCredential: true });
    expect(JSON.stringify(credential)).not.toMatch(/Roshell|Andrew|407555/);

    // Another laptop, the same passkey: as a password manager carries it over, or a security key.
    const other = await seats.desk(stage);
    const carried = await ownAuthenticator(other.page);
    if (!credential) throw new Error('no credential was made');
    await carried.session.send('WebAuthn.addCredential', { authenticatorId: carried.id, credential });
    await other.page.goto(`${stage.demo.origin}/start`);
    await shown(other.page, 'session_risk');
    await other.page.getByRole('button', { name: 'I have a passkey' }).click();
    await shown(other.page, 'finished');
    // A passkey alone is not what one more is added with.
    expect(await other.page.locator('[data-passkey-offer]').count()).toBe(0);
    await shown(other.page, 'demo_result');
    expect(await other.page.locator('main').innerText()).toContain('urn:gatehouse:acr:passkey');
    expectQuiet(desktop, phone, other);
  });

  test('is added on the phone as well', async ({ seats }) => {
    const [desktop, phone] = [await seats.desk(stage), await seats.phone(stage)];
    const authenticator = await ownAuthenticator(phone.page);
    await verified(desktop, phone);
    await added(phone);
    expect(await credentialsOf(authenticator)).toHaveLength(1);
    expectQuiet(desktop, phone);
  });

  test('is not spoken of where the device cannot keep one: the page goes on as ever', async ({ seats }) => {
    const [desktop, phone] = [await seats.desk(stage), await seats.phone(stage)];
    await verified(desktop, phone);
    await shown(desktop.page, 'demo_result');
    expect(await phone.page.getByRole('button', { name: 'Add a passkey' }).isVisible()).toBe(false);
    expectQuiet(desktop, phone);
  });

  test('can wait: "Not now" goes on', async ({ seats }) => {
    const [desktop, phone] = [await seats.desk(stage), await seats.phone(stage)];
    const authenticator = await ownAuthenticator(desktop.page);
    await verified(desktop, phone);
    await desktop.page.getByRole('button', { name: 'Not now' }).click();
    await shown(desktop.page, 'demo_result');
    expect(await credentialsOf(authenticator)).toEqual([]);
    expectQuiet(desktop, phone);
  });

  test('that nobody here registered is refused on the page, and the ordinary way stays open', async ({ seats }) => {
    const desktop = await seats.desk(stage, { statuses: [422] });
    const { page } = desktop;
    const authenticator = await ownAuthenticator(desktop.page);
    await authenticator.session.send('WebAuthn.addCredential', {
      authenticatorId: authenticator.id,
      credential: { credentialId: Buffer.from('nobody-knows-this').toString('base64'), isResidentCredential: true, rpId: 'localhost', userHandle: Buffer.from('nobody').toString('base64'), signCount: 1, privateKey: await someKey() },
    });
    await page.goto(`${stage.demo.origin}/start`);
    await shown(page, 'session_risk');
    await page.getByRole('button', { name: 'I have a passkey' }).click();
    await page.getByText('This passkey was not accepted here').first().waitFor();
    await goOn(page);
    await shown(page, 'pii_form');
    expectQuiet(desktop);
  });

  test('that is not used is no dead end', async ({ seats }) => {
    const desktop = await seats.desk(stage);
    const { page } = desktop;
    await ownAuthenticator(desktop.page);
    await page.goto(`${stage.demo.origin}/start`);
    await shown(page, 'session_risk');
    await page.getByRole('button', { name: 'I have a passkey' }).click();
    await page.getByText('No passkey was used.').waitFor();
    await goOn(page);
    await shown(page, 'pii_form');
    expectQuiet(desktop);
  });
});

/** A private key of P-256 as the virtual authenticator takes it: PKCS#8, base64. */
async function someKey(): Promise<string> {
  const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']) as CryptoKeyPair;
  return Buffer.from(await crypto.subtle.exportKey('pkcs8', privateKey)).toString('base64');
}
