/**
 * A person with a laptop and a phone who goes on from whatever page is shown. What they do next depends on the page
 * alone, so that a crash between any two steps changes nothing about how to go on.
 */
import { ANDREW, type OutboxLine } from '../support/gateway.ts';
import { PHONE } from '../support/devices.ts';
import { HttpPerson } from '../support/http_person.ts';
import { pause } from '../support/ports.ts';
import type { RelyingParty, SignIn, Tokens } from '../support/relying_party.ts';

/** Longest that a person goes on, milliseconds; a loop that does not end is a failure with the page's name. */
const PATIENCE_MS = 120_000;

export interface WalkOptions {
  readonly phone?: string;
  readonly scope?: string;
  readonly prompt?: string;
}

export class Walk {
  readonly person: HttpPerson;
  readonly phone = new HttpPerson({ device: PHONE });
  readonly rp: RelyingParty;
  readonly signIn: SignIn;
  readonly #number: string;
  readonly #outbox: string;

  private constructor(rp: RelyingParty, signIn: SignIn, options: WalkOptions, person: HttpPerson) {
    this.rp = rp;
    this.signIn = signIn;
    this.person = person;
    this.#number = options.phone ?? ANDREW.phone;
    this.#outbox = `${new URL(signIn.url).origin}/dev/outbox.json`;
  }

  /** Ready to open `signIn.url`. A returning person brings their browser along. */
  static async begin(rp: RelyingParty, options: WalkOptions = {}, person = new HttpPerson({ stopAt: [rp.redirectUri] })): Promise<Walk> {
    person.callback = undefined;
    const { scope = 'openid profile phone', prompt } = options;
    const signIn = await rp.begin({ scope, ...(prompt === undefined ? {} : { prompt }) });
    return new Walk(rp, signIn, options, person);
  }

  open(): Promise<HttpPerson> {
    return this.person.open(this.signIn.url);
  }

  /** Look again, as after a broken connection. */
  again(): Promise<HttpPerson> {
    return this.person.open(this.person.url);
  }

  /** Do what the page asks for. */
  async act(): Promise<void> {
    const { person } = this;
    switch (person.page) {
      case 'session_risk':
      case 'finished':
        await person.press();
        return;
      case 'pii_form':
        await this.details();
        return;
      case 'pii_review':
        await person.press('action', 'send');
        return;
      case 'working':
        await pause(100);
        await person.refresh();
        return;
      case 'sms_wait':
        await this.confirm();
        await person.refresh();
        return;
      default:
        throw new Error(`nothing to do on page "${person.page}" (${person.status}) at ${person.url}: ${person.text.slice(0, 300)}`);
    }
  }

  async details(): Promise<HttpPerson> {
    return this.person.fill({ ...ANDREW, phone: this.#number }).press();
  }

  /** Go on until one of these pages stands there, or the callback. */
  async until(...pages: readonly string[]): Promise<this> {
    const deadline = Date.now() + PATIENCE_MS;
    while (this.person.callback === undefined && !pages.includes(this.person.page ?? '')) {
      if (Date.now() > deadline) throw new Error(`waited in vain for ${pages.join(' or ') || 'the callback'}, still on "${this.person.page}"`);
      await this.act();
    }
    return this;
  }

  /** Everything in the outbox, newest first. */
  async outbox(): Promise<readonly OutboxLine[]> {
    return (await (await fetch(this.#outbox)).json()) as OutboxLine[];
  }

  /** Open the newest link on the phone. */
  async openLink(): Promise<HttpPerson> {
    const [newest] = await this.outbox();
    if (!newest) throw new Error('no message was sent');
    return this.phone.open(newest.link);
  }

  /** Tap the link and pick the number of the desktop page; a link that is spent already needs nothing. */
  async confirm(): Promise<HttpPerson> {
    const number = this.person.output;
    const phone = await this.openLink();
    return phone.page === 'phone_confirm' ? phone.press('number', number) : phone;
  }

  /** From the opened page to the tokens. */
  async finish(): Promise<Tokens> {
    await this.until();
    if (!this.person.callback) throw new Error('no callback');
    return this.rp.finish(this.person.callback, this.signIn);
  }
}
