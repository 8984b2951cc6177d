/** The one-time link on the phone: who may confirm, what stops it, and what changes nothing. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { specialNumber } from '../../src/vendors/sandbox/numbers.ts';
import { SettableClock } from '../support/clock.ts';
import { DESKTOP, IPHONE, PHONE, PREVIEW_BOTS } from '../support/devices.ts';
import { HttpPerson } from '../support/http_person.ts';
import { describeDatabases } from '../support/postgres.ts';
import { oauthError } from '../support/relying_party.ts';
import {
  anotherApp, approve, atLink, confirmOnPhone, decisionOf, journeyOf, leave, messagesTo, newestLink, openLink, setScene, timeline, type Scene, type Visit,
} from './scene.ts';

/** Another of the offered numbers than the one on the desktop. */
const wrongNumber = (phone: HttpPerson, desktop: HttpPerson): string => {
  const found = phone.form.buttons.find((button) => button.name === 'number' && button.value !== desktop.output);
  if (!found) throw new Error('no other number is offered');
  return found.value;
};

describeDatabases('the link', (database) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await setScene({}, database);
  });
  afterAll(() => scene.close());

  const refused = async ({ person, signIn }: Visit, reason: string): Promise<void> => {
    await person.reload();
    expect(person.page).toBe('denied');
    expect(await decisionOf(scene, person)).toEqual({ verdict: 'deny', reasons: [reason] });
    expect(await timeline(scene, person)).toEqual(expect.arrayContaining([
      `block possessionLink fail: ${reason}`, `label possession_link failure: ${reason}`, `phase possessionLink exit: ${reason}`, `phase journey exit: ${reason}`,
    ]));
    expect((await oauthError(scene.app.finish(await leave(person), signIn))).error).toBe('access_denied');
  };

  it('tells the phone who asks, since when and from which browser, and offers three numbers and a way to say no', async () => {
    const { person } = await atLink(scene);
    const phone = await openLink(await newestLink(scene));
    expect(phone.text).toContain('Example App');
    expect(phone.text).toContain('Chrome on Windows');
    expect(phone.text).toMatch(/Started (now|\d+ (?:second|minute)s? ago)/);
    const numbers = phone.form.buttons.filter((button) => button.name === 'number').map((button) => button.value);
    expect(new Set(numbers).size).toBe(3);
    expect(numbers).toContain(person.output);
    expect(phone.form.buttons.at(-1)?.name).toBe('refuse');
    // A stranger with the phone in hand learns nothing of the person or the journey.
    const { id } = await journeyOf(scene, person);
    for (const secret of [id, 'Roshell', 'Brunswick', '5550123']) expect(phone.answer.body).not.toContain(secret);
    await phone.press('number', person.output);
    expect(phone.page).toBe('phone_done');
  });

  it('with the wrong number denies', async () => {
    const visit = await atLink(scene);
    const phone = await openLink(await newestLink(scene));
    await phone.press('number', wrongNumber(phone, visit.person));
    expect(phone.page).toBe('phone_stopped');
    await refused(visit, 'wrongNumber');
  });

  it('refused on the phone denies, and says that it was reported', async () => {
    const visit = await atLink(scene);
    const phone = await openLink(await newestLink(scene), IPHONE);
    await phone.press('refuse');
    expect(phone.page).toBe('phone_stopped');
    await refused(visit, 'reportedByUser');
  });

  it('confirmed on a desktop denies, even with the right number', async () => {
    const visit = await atLink(scene);
    const desktop = await openLink(await newestLink(scene), DESKTOP);
    expect(desktop.page).toBe('phone_confirm');
    // Only looking costs nothing.
    await visit.person.reload();
    expect(visit.person.page).toBe('sms_wait');
    await desktop.press('number', visit.person.output);
    expect(desktop.page).toBe('phone_stopped');
    await refused(visit, 'openedOnDesktop');
  });

  it('allows one more try after a desktop where the workflow says so, and no second one', async () => {
    const patient = await anotherApp(scene, 'one_more_try', { options: { link: { desktopOpen: 'one_more_try' } } });
    const first = await atLink(patient);
    const desktop = await openLink(await newestLink(scene), DESKTOP);
    await desktop.press('number', first.person.output);
    expect(desktop.page).toBe('phone_confirm');
    await first.person.reload();
    expect(first.person.page).toBe('sms_wait');
    await confirmOnPhone(scene, first.person);
    expect((await patient.app.finish(await leave(first.person), first.signIn)).claims()).toMatchObject({ policyDecision: 'approve' });

    const second = await atLink(patient);
    const stubborn = await openLink(await newestLink(scene), DESKTOP);
    await stubborn.press('number', second.person.output);
    await stubborn.press('number', second.person.output);
    expect(stubborn.page).toBe('phone_stopped');
    expect(await decisionOf(scene, second.person)).toEqual({ verdict: 'deny', reasons: ['openedOnDesktop'] });
  });

  it('that was used looks like one that never was', async () => {
    const { person } = await approve(scene);
    const used = await openLink(await newestLink(scene));
    const unknown = await openLink(`${scene.gateway.origin}/l/${'A'.repeat(22)}`);
    expect([used.status, used.page]).toEqual([410, 'phone_gone']);
    expect([unknown.status, unknown.page]).toEqual([410, 'phone_gone']);
    expect(used.text).toBe(unknown.text);
    expect((await decisionOf(scene, person)).verdict).toBe('approve');
  });

  it('answered again, by a replayed form or the back button, changes nothing', async () => {
    const { person } = await atLink(scene);
    const phone = await openLink(await newestLink(scene));
    const form = phone.encoded();
    const { action } = phone.form;
    await phone.press('number', person.output);
    const before = await journeyOf(scene, person);
    for (const [name, value] of [['number', person.output ?? ''], ['number', '00'], ['refuse', 'yes']] as const) {
      const replayed = new URLSearchParams(form);
      replayed.append(name, value);
      await phone.open(action, { method: 'POST', body: replayed });
      expect([phone.status, phone.page]).toEqual([410, 'phone_gone']);
    }
    expect(await journeyOf(scene, person)).toEqual(before);
    expect((await decisionOf(scene, person)).verdict).toBe('approve');
  });

  it('opened by a preview bot changes nothing, and a form from one counts for nothing', async () => {
    const { person } = await atLink(scene);
    const link = await newestLink(scene);
    const before = await journeyOf(scene, person);
    const events = await timeline(scene, person);
    for (const device of [...PREVIEW_BOTS, { ...PHONE, headers: { ...PHONE.headers, 'sec-purpose': 'prefetch' } }]) {
      const bot = new HttpPerson({ device });
      for (const method of ['GET', 'HEAD']) {
        const answer = await bot.send(link, { method });
        expect(answer.status, device.userAgent).toBe(200);
        expect(answer.headers['set-cookie']).toBeUndefined();
      }
      await bot.open(link);
      await bot.press('number', person.output);
      expect([bot.status, bot.page]).toEqual([422, 'phone_confirm']);
    }
    expect(await journeyOf(scene, person)).toEqual(before);
    expect(await timeline(scene, person)).toEqual(events);
    await confirmOnPhone(scene, person);
  });

  it('without its token, or sent from another site, is refused and changes nothing', async () => {
    const { person } = await atLink(scene);
    const link = await newestLink(scene);
    const before = await journeyOf(scene, person);
    for (const csrf of [undefined, '', 'x'.repeat(43)]) {
      const phone = await openLink(link);
      await phone.press('number', person.output, { csrf });
      expect([phone.status, phone.page]).toEqual([403, 'error']);
    }
    // A token of another page is not this page's token.
    const phone = await openLink(link);
    await phone.press('number', person.output, { csrf: person.form.fields.find((field) => field.name === 'csrf')?.value });
    expect(phone.status).toBe(403);
    const foreign: readonly Record<string, string>[] = [
      { origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' },
    ];
    for (const headers of foreign) {
      const honest = await openLink(link);
      const body = honest.encoded();
      body.append('number', person.output ?? '');
      await honest.open(honest.form.action, { method: 'POST', body, headers });
      expect([honest.status, honest.page]).toEqual([403, 'error']);
    }
    expect(await journeyOf(scene, person)).toEqual(before);
  });

  it('confirmed and refused from two phones at the same moment has one outcome, that both agree on', async () => {
    for (let round = 0; round < 4; round += 1) {
      const { person } = await atLink(scene);
      const link = await newestLink(scene);
      const phones = await Promise.all([openLink(link, PHONE), openLink(link, IPHONE), openLink(link, PHONE), openLink(link, IPHONE)]);
      await Promise.all(phones.map((phone, index) => (index % 2 === 0 ? phone.press('number', person.output) : phone.press('refuse'))));
      const rows = (await journeyOf(scene, person)).results as readonly { node: string; outcome: string }[];
      const own = rows.filter((row) => row.node === 'sms_link');
      expect(own).toHaveLength(1);
      const confirmed = own[0]?.outcome === 'confirmed';
      const won = phones.filter((phone) => phone.page === (confirmed ? 'phone_done' : 'phone_stopped'));
      const late = phones.filter((phone) => phone.page === 'phone_gone');
      expect(won.length).toBeGreaterThan(0);
      expect(won.length + late.length).toBe(4);
      expect((await timeline(scene, person)).filter((line) => line.startsWith('phase journey') && !line.endsWith('start'))).toHaveLength(1);
      expect((await decisionOf(scene, person)).verdict).toBe(confirmed ? 'approve' : 'deny');
    }
  });

  it('is stored as a hash and nowhere in the clear', async () => {
    const { person } = await atLink(scene);
    const token = (await newestLink(scene)).split('/').at(-1) ?? '';
    expect(token).toMatch(/^[\w-]{22}$/);
    const { id } = await journeyOf(scene, person);
    const links = await scene.db.selectFrom('link').selectAll().where('journey_id', '=', id).execute();
    expect(links).toEqual([expect.objectContaining({ token_hash: createHash('sha256').update(token).digest('hex') })]);
    const tables = ['link', 'message', 'outbox_message', 'journey', 'journey_event', 'evidence'] as const;
    for (const table of tables) {
      const rows = await scene.db.selectFrom(table).selectAll().execute();
      const dump = rows.map((row) => Object.values(row).map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : JSON.stringify(value))).join('|')).join('\n');
      expect(dump.includes(token), table).toBe(false);
    }
  });

  it('asks for a word instead of a number where number transfer is off', async () => {
    const plain = await anotherApp(scene, 'no_transfer', { options: { link: { numberTransfer: false } } });
    const visit = await atLink(plain);
    expect(visit.person.output).toBeUndefined();
    const phone = await openLink(await newestLink(scene));
    expect(phone.form.buttons.map((button) => button.name)).toEqual(['confirm', 'refuse']);
    // A form without either button is no answer.
    await phone.press('confirm', 'yes', { confirm: undefined });
    expect([phone.status, phone.page]).toEqual([422, 'phone_confirm']);
    await phone.press('confirm');
    expect(phone.page).toBe('phone_done');
    expect((await plain.app.finish(await leave(visit.person), visit.signIn)).claims()).toMatchObject({ policyDecision: 'approve' });
  });

  it('whose number cannot be reached leads to the document step at once, and nobody waits', async () => {
    const { person } = await atLink(scene, {}, { details: { phone: specialNumber('message_rejected') } });
    expect(person.page).toBe('document_handover');
    const { id } = await journeyOf(scene, person);
    expect(await scene.db.selectFrom('message').select(['status', 'code', 'attempt']).where('journey_id', '=', id).execute()).toEqual([{ status: 'rejected', code: 'unreachable', attempt: 1 }]);
  });
});

describe('the link, as time goes by', () => {
  const clock = new SettableClock();
  let scene: Scene;
  beforeAll(async () => {
    scene = await setScene({ replace: { now: clock.now } });
  });
  afterAll(() => scene.close());

  it('works until the last second of its life, and then denies', async () => {
    const early = await atLink(scene);
    clock.advance({ seconds: 599 });
    await confirmOnPhone(scene, early.person);
    expect((await decisionOf(scene, early.person)).verdict).toBe('approve');

    const { person, signIn } = await atLink(scene);
    const phone = await openLink(await newestLink(scene));
    clock.advance({ seconds: 600 });
    await phone.press('number', person.output);
    expect([phone.status, phone.page]).toEqual([410, 'phone_gone']);
    await person.reload();
    expect(person.page).toBe('denied');
    expect(await decisionOf(scene, person)).toEqual({ verdict: 'deny', reasons: ['timeout'] });
    expect(await timeline(scene, person)).toContain('label possession_link failure: timeout');
    expect((await oauthError(scene.app.finish(await leave(person), signIn))).error).toBe('access_denied');
  });

  it('is sent again as the very same link, not too soon, and not too often', async () => {
    const { person } = await atLink(scene, {}, { details: { phone: '+1 407 555 0150' } });
    const messages = async () => messagesTo(scene, '+14075550150');
    await person.press('action', 'resend');
    expect(person.status).toBe(422);
    expect(person.text).toContain('Please wait a little before sending the message again');
    expect(await messages()).toHaveLength(1);

    clock.advance({ seconds: 31 });
    await person.press('action', 'resend');
    expect([person.status, person.page]).toEqual([200, 'sms_wait']);
    expect(await messages()).toHaveLength(2);
    clock.advance({ seconds: 31 });
    await person.press('action', 'resend');
    const sent = await messages();
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map((message) => message.link)).size).toBe(1);

    // Three is the limit: the page offers no more, and a form kept from before is refused.
    clock.advance({ seconds: 31 });
    const kept = person.history.findLast((answer) => answer.body.includes('value="resend"'));
    expect(person.content.forms.flatMap((form) => form.buttons).find((button) => button.value === 'resend')).toBeUndefined();
    const csrf = /name="csrf" value="([^"]+)"/.exec(kept?.body ?? '')?.[1] ?? '';
    await person.open(person.url, { method: 'POST', body: new URLSearchParams({ csrf, page: 'sms_wait', v: '99', action: 'resend' }) });
    expect(person.status).toBe(422);
    expect(await messages()).toHaveLength(3);
    await confirmOnPhone(scene, person, '+14075550150');
  });

  it('counts messages to one number per day where the workflow enforces it under test keys', async () => {
    const strict = await anotherApp(scene, 'strict_messages', { options: { risk: { velocityDeniesTest: true }, link: { maxPerPhonePerDay: 2 } } });
    const phone = '+14075550151';
    // Others of this file were Andrew too, with numbers of their own: so many phones of one person are a matter of another rule.
    await scene.db.deleteFrom('velocity_event').execute();
    for (let round = 0; round < 2; round += 1) expect((await atLink(strict, {}, { details: { phone } })).person.page).toBe('sms_wait');
    const third = await atLink(strict, {}, { details: { phone } });
    expect(third.person.page).toBe('document_handover');
    expect(await timeline(scene, third.person)).toContain('label possession_link failure: message_limit');
    expect(await messagesTo(scene, phone)).toHaveLength(2);
    // A day later. The clock of interactions and cookies is the real one, so it is the messages that grow old, and the phone's journeys.
    await scene.db.updateTable('velocity_event').set((eb) => ({ at: eb('at', '-', 86_400_000) })).where('dimension', 'in', ['test:message', 'test:phone']).execute();
    expect((await atLink(strict, {}, { details: { phone } })).person.page).toBe('sms_wait');
  });
});
