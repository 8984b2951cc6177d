import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LOCALES, message } from '../../src/http/locales/index.ts';
import { makeViews } from '../../src/http/views.ts';
import { PAGES, labelKey, renderPage, type PageModels, type PageName } from '../../src/hosted/pages.ts';
import { SAMPLES, SAMPLE_NOW, allSamples, sampleCommon } from '../../src/hosted/samples.ts';

const views = makeViews({ dir: resolve(import.meta.dirname, '../../views'), now: () => SAMPLE_NOW });

function render(page: PageName, label: string, locale: 'en' | 'es' = 'en'): string {
  const found = allSamples().find(({ page: name, sample }) => name === page && sample.label === label);
  if (!found) throw new TypeError(`no sample ${page}/${label}`);
  return renderPage(views, page, sampleCommon(page, { ...found.sample.common, locale }), found.sample.model);
}

/** Opening tags of one name, without the attributes' decoding: enough for what is asked here. */
function tags(html: string, name: string): string[] {
  return html.match(new RegExp(`<${name}(?=[\\s>])(?:"[^"]*"|[^>"])*>`, 'g')) ?? [];
}

function attribute(tag: string, name: string): string | undefined {
  return new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
}

const TOKENS: Readonly<Record<string, string>> = {
  given_name: 'given-name',
  family_name: 'family-name',
  street: 'address-line1',
  city: 'address-level2',
  region: 'address-level1',
  postal_code: 'postal-code',
  country: 'country',
  phone: 'tel',
  birth_date: 'bday',
  email: 'email',
  username: 'username',
};

describe.each(LOCALES)('every sample in %s', (locale) => {
  it.each(allSamples().map(({ page, sample }) => ({ page, sample, name: `${page}/${sample.label}` })))(
    '$name',
    ({ page, sample }) => {
      const html = renderPage(views, page, sampleCommon(page, { ...sample.common, locale }), sample.model);
      expect(tags(html, 'html')).toEqual([`<html lang="${locale}" dir="ltr">`]);
      expect(attribute(tags(html, 'body')[0] ?? '', 'data-page')).toBe(page);
      expect(tags(html, 'h1')).toHaveLength(1);
      expect(html).toMatch(/<title>[^<]{3,}<\/title>/);
      expect(tags(html, 'form').length).toBeLessThanOrEqual(1);
      expect(html).not.toMatch(/\{\{(?! 7)|undefined|\[object|NaN/);

      const named = [...tags(html, 'input'), ...tags(html, 'select')].filter((tag) => !tag.includes('type="hidden"'));
      for (const tag of named) {
        const name = attribute(tag, 'name') ?? '';
        expect(html).toContain(`<label for="${attribute(tag, 'id')}">`);
        expect(attribute(tag, 'autocomplete')).toBe(TOKENS[name]);
      }

      // Nothing inline: the policy of the pages forbids it. Samples with hostile texts must not bring any either.
      expect(tags(html, 'style')).toEqual([]);
      for (const script of tags(html, 'script')) expect(attribute(script, 'src')).toMatch(/^\/assets\/[\w-]+\.js$/);
      expect(html.match(/<[a-z][^>"]*(?:"[^"]*"[^>"]*)*\s(?:style|on\w+)=/g)).toBeNull();
      const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
      expect(new Set(ids).size).toBe(ids.length);

      // Every link of the summary leads to an element that is there, and every description exists.
      for (const [, target] of html.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
      for (const [, list = ''] of html.matchAll(/aria-(?:describedby|labelledby)="([^"]+)"/g)) {
        for (const id of list.split(' ')) expect(ids).toContain(id);
      }
    },
  );
});

describe('forms', () => {
  it('post the token, the version and the page, with the main button first', () => {
    const html = render('pii_form', 'us');
    expect(html).toContain('<input type="hidden" name="csrf" value="c5rf">');
    expect(html).toContain('<input type="hidden" name="v" value="3">');
    expect(html).toContain('<input type="hidden" name="page" value="pii_form">');
    expect(html).toContain(`<input type="hidden" name="consent" value="${SAMPLES.pii_form[0]?.model.consentHash}">`);
    const form = html.slice(html.indexOf('<form'), html.indexOf('</form>'));
    expect(tags(form, 'button')).toHaveLength(1);
    expect(form.indexOf('Message and data rates')).toBeGreaterThan(form.indexOf('id="phone"'));
    expect(form.indexOf('Message and data rates')).toBeLessThan(form.indexOf('<button'));
  });

  it('tell faults at the top in the order of the page, at the field, and in the title', () => {
    const html = render('pii_form', 'gb_faults');
    expect(html).toMatch(/<title>Error: Your details/);
    const links = [...html.matchAll(/<li><a href="(#\w+)">([^<]+)</g)].map(([, href, text]) => [href, text]);
    expect(links.map(([href]) => href)).toEqual([
      '#given_name',
      '#birth_date',
      '#city',
      '#postal_code',
      '#phone',
      '#consent',
      '#main',
    ]);
    expect(links[0]?.[1]).toBe('Enter your first name');
    expect(links[3]?.[1]).toBe('“Postcode” does not look right for the country you chose');
    const phone = tags(html, 'input').find((tag) => attribute(tag, 'id') === 'phone') ?? '';
    expect(phone).toContain('aria-describedby="phone-hint phone-error" aria-invalid="true"');
    expect(attribute(phone, 'value')).toBe('12');
  });

  it('ask for each field by its name, as the country calls it', () => {
    const told = (country: string, locale: 'en' | 'es'): string[] => {
      const { model, common } = SAMPLES.pii_form.find(({ label }) => label === 'nothing_typed') as (typeof SAMPLES.pii_form)[number];
      const html = renderPage(views, 'pii_form', sampleCommon('pii_form', { ...common, values: { country }, locale }), model);
      return [...html.matchAll(/<li><a href="#\w+">([^<]+)</g)].map(([, text = '']) => text);
    };
    expect(told('US', 'en')).toEqual([
      'Enter your first name', 'Enter your last name', 'Enter your date of birth', 'Choose your country', 'Enter your street address',
      'Enter your city', 'Enter your state', 'Enter your ZIP code', 'Enter your mobile phone number',
    ]);
    expect(told('GB', 'en').slice(5, 8)).toEqual(['Enter your town or city', 'Enter your state, province or region', 'Enter your postcode']);
    expect(told('CA', 'es').slice(5, 8)).toEqual(['Introduzca su ciudad', 'Introduzca su provincia o territorio', 'Introduzca su código postal']);
    for (const locale of LOCALES) expect(told('DE', locale).filter((text) => /[“”«»]/.test(text) || text === message(locale, 'errors.fields.required'))).toEqual([]);
  });

  it('say that the details were not confirmed, never which, and only until they are typed wrong again', () => {
    const again = render('pii_form', 'again');
    expect(again).toContain('We could not confirm these details. Check them and try again.');
    expect(again).not.toContain('aria-invalid');
    expect(render('pii_form', 'again', 'es')).toContain('No hemos podido confirmar estos datos.');
    expect(render('pii_form', 'us')).not.toContain('could not confirm');
  });

  it('refuse a fault without words', () => {
    const common = sampleCommon('pii_form', { errors: { phone: 'no_such_key' } });
    const model = SAMPLES.pii_form[0]?.model as PageModels['pii_form'];
    expect(() => renderPage(views, 'pii_form', common, model)).toThrow(/no_such_key/);
  });

  it('call address lines as the country does, the one chosen last', () => {
    expect(labelKey('postal_code', 'US')).toBe('label.postal_code.US');
    expect(labelKey('postal_code', 'DE')).toBe('label.postal_code');
    expect(render('pii_form', 'changed_country')).toContain('Province or territory');
    expect(render('pii_form', 'us')).toContain('ZIP code');
  });

  it('put the named countries first and the rest in the order of the language', () => {
    const names = (html: string) => [...html.matchAll(/<option[^>]*>([^<]+)</g)].map(([, name]) => name);
    expect(names(render('session_risk', 'country')).slice(0, 4)).toEqual([
      'United States',
      'United Kingdom',
      'Canada',
      'Åland Islands',
    ]);
    expect(names(render('session_risk', 'country', 'es')).slice(3, 5)).toEqual(['Alemania', 'Brasil']);
  });

  it('keep the query of an address that a GET form goes to', () => {
    const html = render('finished', 'usual');
    expect(html).toContain('action="/interaction/Vx9TzLw4RbN7Kq2m/return"');
    expect(html).toContain('<input type="hidden" name="step" value="final">');
    expect(html).toContain('<noscript><meta http-equiv="refresh" content="1;url=');
  });
});

describe('the way out', () => {
  const UNDECIDED: readonly PageName[] = ['session_risk', 'pii_form', 'pii_review', 'working', 'sms_wait', 'more_time'];

  it('is a link after everything else on every page of an undecided journey, and on no other', () => {
    for (const { page, sample } of allSamples()) {
      const html = renderPage(views, page, sampleCommon(page, { ...sample.common }), sample.model);
      const at = html.indexOf('href="/interaction/Vx9TzLw4RbN7Kq2m/leave"');
      expect(at > -1, `${page}/${sample.label}`).toBe(UNDECIDED.includes(page));
      if (at > -1) expect(at).toBeGreaterThan(html.lastIndexOf('</form>'));
    }
    expect(render('pii_form', 'us')).toContain('>Stop and go back to Harbour Credit</a>');
    expect(render('sms_wait', 'sent')).toMatch(/Not your number\? Stop here, and start again from Harbour Credit\. <a href="[^"]+\/leave">/);
    expect(render('pii_form', 'us')).not.toContain('Not your number?');
  });

  it('asks once, with one form and a link back', () => {
    const html = render('leave', 'usual');
    expect(tags(html, 'button')).toHaveLength(1);
    expect(html).toContain('<input type="hidden" name="csrf" value="c5rf">');
    expect(html).toContain('<a class="plain" href="/interaction/Vx9TzLw4RbN7Kq2m">No, go on with the check</a>');
    expect(render('denied', 'stopped')).toContain('<h1>You stopped the check</h1>');
  });

  it('is told where a browser can tell nothing, by the name of the application where one is known', () => {
    expect(render('stale', 'app')).toContain('go back to Harbour Credit and start again');
    expect(render('stale', 'plain')).toContain('go back to the application you came from and start again');
  });
});

describe('the phone and the wait', () => {
  it('offer the numbers and the refusal as named buttons of one look', () => {
    const buttons = tags(render('phone_confirm', 'choices'), 'button');
    expect(buttons.map((tag) => [attribute(tag, 'name'), attribute(tag, 'value')])).toEqual([
      ['number', '12'],
      ['number', '47'],
      ['number', '83'],
      ['refuse', 'yes'],
    ]);
    for (const tag of buttons) expect(attribute(tag, 'class')).toMatch(/\bchoice\b/);
    expect(tags(render('phone_confirm', 'no_choices'), 'button').map((tag) => attribute(tag, 'name'))).toEqual([
      'confirm',
      'refuse',
    ]);
  });

  it('tie a missing answer to the answers', () => {
    for (const label of ['fault', 'no_choices_fault']) {
      const html = render('phone_confirm', label);
      expect(html).toMatch(/id="number"[^>]* aria-describedby="number-error"/);
      expect(html).toContain('<a href="#number">Choose one of the answers below</a>');
    }
  });

  it('name the house where no application is known', () => {
    expect(render('phone_gone', 'usual')).toMatch(/<bdi>Gatehouse<\/bdi>/);
  });

  it('show the number in an output, and only the ending of the phone number', () => {
    expect(render('sms_wait', 'sent')).toMatch(/<output[^>]*>47<\/output>/);
    expect(render('sms_wait', 'sending_no_number')).not.toContain('<output');
    expect(render('sms_wait', 'unknown_none_left')).not.toContain('<form');
  });

  it('keep the page model from hiding what the shell says', () => {
    const html = render('sms_wait', 'sent');
    expect(html).toContain('9:56 AM UTC');
    expect(html).toContain('9:40 AM UTC');
  });

  it('never let an unsafe link become one', () => {
    expect(render('outbox', 'messages')).not.toContain('href="javascript:');
    const common = sampleCommon('finished');
    expect(() => renderPage(views, 'finished', common, { returnHref: 'javascript:alert(1)' })).toThrow(/http/);
    expect(() => renderPage(views, 'finished', common, { returnHref: '//evil.example' })).toThrow(/http/);
  });

  it('never tells which attribute failed', () => {
    for (const locale of LOCALES) {
      expect(render('denied', 'denied', locale)).not.toMatch(/name did|address did|SIM|carrier|dirección|apellido/i);
    }
    expect(render('denied', 'step_unavailable')).toContain('government document');
  });
});

it('every page has a template of its own and samples', () => {
  const pages = Object.keys(PAGES) as PageName[];
  expect(new Set(pages.map((page) => PAGES[page].view)).size).toBe(pages.length);
  for (const page of pages) expect(SAMPLES[page].length, page).toBeGreaterThan(0);
});
