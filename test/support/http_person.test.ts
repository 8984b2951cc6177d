import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CookieJar } from './cookie_jar.ts';
import { PHONE } from './devices.ts';
import { readPage } from './html.ts';
import { HttpPerson } from './http_person.ts';

const FORM = `<!doctype html><html lang="en"><head><title>A &amp; B</title><noscript><meta http-equiv="refresh" content="5; url=/next"></noscript></head>
<body data-page="pii_form"><h1>About <em>you</em></h1><output> 42 </output>
<form method="post" action="/take"><input type="hidden" name="csrf" value="t&quot;k"><input name="given_name" autocomplete="section-a given-name" aria-invalid="true" aria-describedby="e">
<p id="e">Enter a name</p><select name="country" autocomplete="country"><option value="US">United States</option><option value="GB" selected>UK</option></select>
<input type="checkbox" name="no"><input type="submit" disabled name="off"><button name="action" value="send">Send</button><button name="refuse" value="yes">No</button></form>
<a href="?lang=es">Español</a></body></html>`;

describe('reading a page', () => {
  const page = readPage(FORM, 'http://localhost:1/x');

  it('finds what a person without scripts sees', () => {
    expect(page).toMatchObject({ name: 'pii_form', lang: 'en', title: 'A & B', heading: 'About you', output: '42' });
    expect(page.refresh).toEqual({ after: 5, url: 'http://localhost:1/next' });
    expect(page.links).toEqual([{ href: 'http://localhost:1/x?lang=es', text: 'Español' }]);
    expect(page.text).toContain('Enter a name');
  });

  it('finds fields with their tokens, errors and choices, and the buttons in order', () => {
    const [form] = page.forms;
    expect(form).toMatchObject({ action: 'http://localhost:1/take', method: 'POST' });
    expect(form?.fields[0]).toMatchObject({ name: 'csrf', type: 'hidden', value: 't"k' });
    expect(form?.fields[1]).toMatchObject({ autocomplete: 'given-name', invalid: true, description: 'Enter a name' });
    expect(form?.fields[2]).toMatchObject({ type: 'select', value: 'GB', options: ['US', 'GB'] });
    expect(form?.buttons.map((button) => [button.name, button.value])).toEqual([['action', 'send'], ['refuse', 'yes']]);
  });
});

const url = (path: string): URL => new URL(`http://localhost:1${path}`);

describe('cookies', () => {
  it('go only where they may', () => {
    const jar = new CookieJar();
    jar.take(['a=1; Path=/interaction', 'b=2', '__Host-c=3; Path=/; Secure; HttpOnly', 'd=4; Path=/; Domain=example.com'], url('/interaction/x'));
    expect(jar.header(url('/interaction/y'))).toBe('a=1; b=2; __Host-c=3');
    expect(jar.header(url('/interactions'))).toBe('__Host-c=3');
    expect(jar.header(new URL('http://other.test/interaction'))).toBeUndefined();
    expect(jar.refused).toEqual(['d=4; Path=/; Domain=example.com']);
  });

  it('refuses what a browser refuses, and forgets what is expired', () => {
    const jar = new CookieJar();
    jar.take(['__Host-a=1; Path=/sub; Secure', '__Secure-b=1'], url('/'));
    jar.take(['s=1; Secure'], new URL('http://gateway.test/'));
    expect(jar.all()).toEqual([]);
    jar.take(['t=1; Path=/'], url('/'));
    jar.take(['t=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT'], url('/'));
    expect(jar.header(url('/'))).toBeUndefined();
  });
});

describe('a person', () => {
  let server: Server;
  let origin: string;
  const seen: { method: string | undefined; url: string | undefined; headers: IncomingMessage['headers']; body: string }[] = [];

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    seen.push({ method: request.method, url: request.url, headers: request.headers, body });
    const redirect = (location: string, headers = {}): unknown => response.writeHead(303, { location, ...headers }).end();
    if (request.url === '/start') return void redirect('/form', { 'set-cookie': 'sid=1; Path=/; HttpOnly' });
    if (request.url === '/take') return void redirect('/wait');
    if (request.url === '/next') return void redirect('http://localhost:9/cb?code=c&state=s');
    response.setHeader('content-type', 'text/html');
    response.end(request.url === '/wait' ? FORM.replace('pii_form', 'sms_wait') : FORM);
  };

  beforeAll(async () => {
    server = createServer((request, response) => void serve(request, response));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((closed) => server.close(closed)));

  it('walks from the start to the callback', async () => {
    const person = new HttpPerson({ device: PHONE, stopAt: ['http://localhost:9/cb'] });
    await person.open(`${origin}/start`);
    expect([person.page, person.output, person.wrong]).toEqual(['pii_form', '42', ['given_name']]);
    await person.fill({ givenName: 'Ann "O\'Neil"', country: 'US' }).press();
    expect(person.page).toBe('sms_wait');
    const posted = seen.find((request) => request.method === 'POST');
    expect(Object.fromEntries(new URLSearchParams(posted?.body))).toEqual({ csrf: 't"k', given_name: 'Ann "O\'Neil"', country: 'US', action: 'send' });
    expect(posted?.headers).toMatchObject({ origin, cookie: 'sid=1', 'sec-fetch-site': 'same-origin', 'user-agent': PHONE.userAgent });
    expect((await person.untilCallback()).searchParams.get('code')).toBe('c');
  });

  it('says so when a field, a choice or a button is missing', async () => {
    const person = await new HttpPerson().open(`${origin}/form`);
    expect(() => person.fill({ phone: '1' })).toThrow(/no field "tel"/);
    expect(() => person.fill({ country: 'FR' })).toThrow(/does not offer "FR"/);
    await expect(person.press('confirm')).rejects.toThrow(/no button/);
  });

  it('can send what no browser would', async () => {
    const person = await new HttpPerson().open(`${origin}/form`);
    seen.length = 0;
    await person.press('refuse', 'yes', { csrf: undefined, extra: '1' });
    expect(seen[0]?.body).toBe('given_name=&country=GB&refuse=yes&extra=1');
  });
});
