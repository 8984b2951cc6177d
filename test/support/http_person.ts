/**
 * A person with a plain HTTP client: cookies, redirects and forms, and no scripts at all. What this client can do, any
 * integrator's script can do; what it cannot, is a dead end for people without JavaScript.
 */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { CookieJar } from './cookie_jar.ts';
import { DESKTOP, type Device } from './devices.ts';
import { readPage, type Field, type Form, type Page } from './html.ts';
import { pause } from './ports.ts';

/** What a person types, by the HTML autocomplete token of the field. */
const TOKENS = {
  givenName: 'given-name',
  familyName: 'family-name',
  street: 'address-line1',
  city: 'address-level2',
  region: 'address-level1',
  postalCode: 'postal-code',
  country: 'country',
  phone: 'tel',
  birthDate: 'bday',
  email: 'email',
  username: 'username',
} as const;

export type Typed = Partial<Record<keyof typeof TOKENS, string>>;

/** One answer as it came over the wire. */
export interface Answer {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | URLSearchParams;
}

/** A file as a person chooses it. */
export interface PickedFile {
  readonly bytes: Uint8Array | string;
  /** Media type as the browser says it; default `image/jpeg`. */
  readonly type?: string;
  readonly name?: string;
}

export interface PersonOptions {
  readonly device?: Device;
  /** Sent with every request and stronger than the device's own: `accept-language`, `x-forwarded-for`, … */
  readonly headers?: Readonly<Record<string, string>>;
  /** Addresses at which the person has arrived: a redirect there is not followed but kept as `callback`. */
  readonly stopAt?: readonly string[];
}

const MOST_REDIRECTS = 20;

export class HttpPerson {
  readonly cookies = new CookieJar();
  /** Every exchange so far, oldest first. */
  readonly history: Answer[] = [];
  /** Changeable between requests. */
  device: Device;
  headers: Record<string, string>;
  /** Set once a redirect led to an address of `stopAt`. */
  callback: URL | undefined;
  readonly #stopAt: readonly string[];
  #answer: Answer | undefined;
  #page: Page | undefined;
  #typed = new Map<string, string>();
  #chosen = new Map<string, readonly PickedFile[]>();

  constructor(options: PersonOptions = {}) {
    this.device = options.device ?? DESKTOP;
    this.headers = { ...options.headers };
    this.#stopAt = options.stopAt ?? [];
  }

  /** The last answer that was not a redirect followed. */
  get answer(): Answer {
    if (!this.#answer) throw new Error('nothing was opened yet');
    return this.#answer;
  }

  get status(): number {
    return this.answer.status;
  }

  get url(): string {
    return this.answer.url;
  }

  get content(): Page {
    return (this.#page ??= readPage(this.answer.body, this.answer.url));
  }

  /** Name of the page (`<body data-page>`). */
  get page(): string | undefined {
    return this.content.name;
  }

  /** Visible text of the page. */
  get text(): string {
    return this.content.text;
  }

  /** The number to transfer, or whatever else stands in `<output>`. */
  get output(): string | undefined {
    return this.content.output;
  }

  /** The form of the page: the one that posts, or else the only one. */
  get form(): Form {
    const { forms } = this.content;
    const form = forms.find((one) => one.method === 'POST') ?? forms[0];
    if (!form) throw new Error(`page "${this.page}" at ${this.url} (${this.status}) has no form: ${this.text.slice(0, 300)}`);
    return form;
  }

  /** Names of the fields marked as wrong. */
  get wrong(): readonly string[] {
    return this.form.fields.filter((field) => field.invalid).map((field) => field.name);
  }

  /** One exchange, redirects not followed; what it sets in cookies is kept. */
  async send(url: string | URL, options: RequestOptions = {}): Promise<Answer> {
    const target = new URL(url);
    const method = options.method ?? 'GET';
    const form = options.body instanceof URLSearchParams;
    const body = options.body === undefined ? undefined : Buffer.from(form ? options.body.toString() : (options.body as string | Buffer));
    const cookie = this.cookies.header(target);
    const headers: Record<string, string> = {
      'user-agent': this.device.userAgent,
      ...this.device.headers,
      ...(cookie === undefined ? {} : { cookie }),
      ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      ...(body === undefined ? {} : { 'content-length': String(body.length) }),
      ...this.headers,
      ...options.headers,
    };
    const answer = await exchange(target, method, headers, body);
    this.cookies.take(answer.headers['set-cookie'] ?? [], target);
    this.history.push(answer);
    return answer;
  }

  /** Go somewhere as by a link or the address bar, following redirects. */
  async open(url: string | URL, options: RequestOptions = {}): Promise<this> {
    let target = new URL(url);
    let request: RequestOptions = { ...options, headers: { ...this.#navigation(target, options.method ?? 'GET'), ...options.headers } };
    for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
      const answer = await this.send(target, request);
      const location = answer.headers.location;
      if (location === undefined || answer.status < 300 || answer.status > 399) {
        this.#arrive(answer);
        return this;
      }
      const next = new URL(location, target);
      if (this.#stopAt.some((stop) => next.href.startsWith(stop))) {
        this.callback = next;
        this.#arrive(answer);
        return this;
      }
      const keepsMethod = answer.status === 307 || answer.status === 308;
      const { 'content-type': _type, ...headers } = request.headers ?? {};
      request = keepsMethod ? request : { headers };
      target = next;
    }
    throw new Error(`more than ${MOST_REDIRECTS} redirects, last to ${target.pathname}`);
  }

  /** Type into the fields of the page's form; a field that is not there, or a choice that is not offered, is an error. */
  fill(typed: Typed): this {
    for (const [key, value] of Object.entries(typed)) {
      const token = TOKENS[key as keyof typeof TOKENS];
      this.#type(this.form.fields.find((field) => field.autocomplete === token), token, value);
    }
    return this;
  }

  /** Type into fields by their name. */
  fillNamed(values: Readonly<Record<string, string>>): this {
    for (const [name, value] of Object.entries(values)) this.#type(this.form.fields.find((field) => field.name === name), name, value);
    return this;
  }

  /** Choose files in a file field of the page's form; they are sent when a button is pressed. */
  choose(field: string, ...files: readonly PickedFile[]): this {
    if (!this.form.fields.some((one) => one.name === field && one.type === 'file')) throw new Error(`page "${this.page}" has no file field "${field}"`);
    this.#chosen.set(field, files);
    return this;
  }

  /**
   * Press a button of the form: the first one, or by name, or by name and value. `instead` replaces or adds what is
   * sent (undefined leaves a field out), for forms no honest browser would send.
   */
  async press(name?: string, value?: string, instead: Readonly<Record<string, string | undefined>> = {}): Promise<this> {
    const { form } = this;
    const button = form.buttons.find((one) => (name === undefined || one.name === name) && (value === undefined || one.value === value));
    if (!button) throw new Error(`page "${this.page}" has no button ${name ?? ''}=${value ?? ''}; it has ${JSON.stringify(form.buttons)}`);
    const sent = this.encoded(form);
    if (button.name !== undefined) sent.append(button.name, button.value);
    for (const [field, replaced] of Object.entries(instead)) {
      if (replaced === undefined) sent.delete(field);
      else sent.set(field, replaced);
    }
    const action = button.action === undefined ? form.action : new URL(button.action, this.url).href;
    if (form.method === 'POST') return this.open(action, { method: 'POST', ...(form.multipart ? await multipart(sent, this.#files(form)) : { body: sent }) });
    const target = new URL(action);
    // A GET form replaces the query (HTML 4.10.21.3), and an empty one leaves no question mark worth sending.
    target.search = sent.toString();
    return this.open(target);
  }

  /** What the form would send as it stands, without a button. */
  encoded(form: Form = this.form): URLSearchParams {
    const sent = new URLSearchParams();
    for (const field of form.fields) {
      const typed = this.#typed.get(field.name);
      if (field.type === 'file') continue;
      if ((field.type === 'checkbox' || field.type === 'radio') && !(typed === undefined ? field.checked : typed === field.value)) continue;
      sent.append(field.name, typed ?? field.value);
    }
    return sent;
  }

  /** Follow the first link whose text or address contains this. */
  async follow(part: string): Promise<this> {
    const link = this.content.links.find((one) => one.text.includes(part) || one.href.includes(part));
    if (!link) throw new Error(`page "${this.page}" has no link "${part}"`);
    return this.open(link.href);
  }

  /** Load the page again. */
  async reload(): Promise<this> {
    return this.open(this.url);
  }

  /** Follow the page's own refresh now, without waiting for its seconds. */
  async refresh(): Promise<this> {
    const { refresh } = this.content;
    if (!refresh) throw new Error(`page "${this.page}" does not refresh itself`);
    return this.open(refresh.url);
  }

  /** Let pages refresh themselves until one of the named pages, or the callback, is reached. */
  async until(...names: readonly string[]): Promise<this> {
    return this.#waiting(names.join(' or '), () => this.page !== undefined && names.includes(this.page));
  }

  /** Let pages refresh themselves until the callback is reached, and return it. */
  async untilCallback(): Promise<URL> {
    await this.#waiting('the callback', () => false);
    if (!this.callback) throw new Error('no callback');
    return this.callback;
  }

  async #waiting(what: string, there: () => boolean, milliseconds = 90_000): Promise<this> {
    const deadline = Date.now() + milliseconds;
    while (this.callback === undefined && !there()) {
      if (Date.now() > deadline) throw new Error(`waited in vain for ${what}; still on "${this.page}"`);
      if (!this.content.refresh) throw new Error(`waiting for ${what}, but "${this.page}" (${this.status}) does not refresh itself: ${this.text.slice(0, 300)}`);
      await pause(60);
      await this.refresh();
    }
    return this;
  }

  #arrive(answer: Answer): void {
    this.#answer = answer;
    this.#page = undefined;
    this.#typed = new Map();
    this.#chosen = new Map();
  }

  /** What stands in the file fields of a form; nothing chosen is sent as a file without name and bytes (HTML 4.10.21.4). */
  #files(form: Form): readonly (readonly [string, PickedFile])[] {
    return form.fields.filter((field) => field.type === 'file').flatMap(({ name }) =>
      (this.#chosen.get(name) ?? [{ bytes: '', type: 'application/octet-stream', name: '' }]).map((file): [string, PickedFile] => [name, file]));
  }

  #type(field: Field | undefined, wanted: string, value: string): void {
    if (!field) throw new Error(`page "${this.page}" has no field "${wanted}"; it has ${this.form.fields.map((one) => one.name).join(', ')}`);
    if (field.type === 'select' && !field.options.includes(value)) throw new Error(`"${wanted}" does not offer "${value}"`);
    this.#typed.set(field.name, value);
  }

  /** Origin, Referer and Sec-Fetch-Site as a browser sends them from the page it is on. */
  #navigation(target: URL, method: string): Record<string, string> {
    if (!this.#answer) return { 'sec-fetch-site': 'none' };
    const from = new URL(this.#answer.url);
    const site = from.origin === target.origin ? 'same-origin' : from.hostname === target.hostname ? 'same-site' : 'cross-site';
    return { 'sec-fetch-site': site, referer: `${from.origin}/`, ...(method === 'POST' ? { origin: from.origin } : {}) };
  }
}

/** Body and header of a form with files (RFC 7578). */
export async function multipart(values: Iterable<readonly [string, string]>, files: readonly (readonly [string, PickedFile])[]): Promise<Required<Pick<RequestOptions, 'body' | 'headers'>>> {
  const form = new FormData();
  for (const [name, value] of values) form.append(name, value);
  for (const [name, { bytes, type = 'image/jpeg', name: fileName = 'picture.jpg' }] of files) {
    form.append(name, new Blob([typeof bytes === 'string' ? bytes : new Uint8Array(bytes)], { type }), fileName);
  }
  const encoded = new Response(form);
  return { body: Buffer.from(await encoded.arrayBuffer()), headers: { 'content-type': encoded.headers.get('content-type') ?? '' } };
}

function exchange(target: URL, method: string, headers: Record<string, string>, body: Buffer | undefined): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
    // One connection per exchange: a test that restarts a server must not meet a kept-alive socket of the old one.
    const outgoing = send(target, { method, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () =>
        resolve({ method, url: target.href, status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    outgoing.on('error', reject);
    outgoing.setTimeout(180_000, () => outgoing.destroy(new Error(`no answer from ${target.origin}${target.pathname} within 180 s`)));
    outgoing.end(body);
  });
}
