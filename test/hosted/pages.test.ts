import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LOCALES, message } from '../../src/http/locales/index.ts';
import { makeViews } from '../../src/http/views.ts';
import type { CaptureProblem } from '../../src/steps/document_selfie/pages.ts';
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
  // The field that nobody sees: a browser must not fill it in for a person either.
  homepage: 'off',
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

      const named = [...tags(html, 'input'), ...tags(html, 'select')].filter((tag) => !tag.includes('type="hidden"'))
        // The field that people neither see nor reach has no label to be read out.
        .filter((tag) => !tag.includes('tabindex="-1"'));
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
  const UNDECIDED: readonly PageName[] = ['device_proof', 'device_challenge', 'session_risk', 'pii_form', 'pii_review', 'working', 'sms_wait', 'more_time', 'document_handover', 'document_following', 'kba_consent', 'kba_questions'];

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
    expect(render('denied', 'step_unavailable')).toContain('The next way to verify is not available here yet');
  });
});

describe('the pages of the document step', () => {
  const OWN: readonly PageName[] = [
    'document_handover', 'document_following', 'capture_choose', 'capture_side', 'capture_selfie', 'capture_vendor',
  ];

  it('have a way for those who cannot, closed at first, that says what follows', () => {
    for (const page of OWN) {
      for (const sample of SAMPLES[page]) {
        const html = render(page, sample.label);
        const { otherWay } = sample.model as { otherWay: boolean };
        const way = html.slice(html.indexOf('<details class="way-out">'), html.indexOf('</details>'));
        expect(way, `${page}/${sample.label}`).toContain('name="action" value="cannot"');
        expect(way).toContain(otherWay ? 'Answer questions instead' : 'End the check');
      }
    }
    expect(render('kba_questions', 'usual')).toContain('name="action" value="decline"');
  });

  it('hold words for every problem in both languages', () => {
    const problems: Readonly<Record<CaptureProblem, true>> = {
      blurred: true, glare: true, too_dark: true, too_bright: true, too_small: true, unreadable: true, no_document: true,
      no_portrait: true, wrong_side: true, no_face: true, several_faces: true, not_turned: true, face_too_small: true,
      not_same_face: true, too_slow: true, image_format: true, image_heic: true, image_damaged: true, image_too_many_bytes: true,
      image_too_many_pixels: true, image_too_small: true, image_empty: true, yaml_refused: true, busy: true, missing: true,
    };
    for (const locale of LOCALES) {
      const html = render('capture_side', 'passport', locale);
      const words = JSON.parse((attribute(html, 'data-words') ?? '').replaceAll('&quot;', '"').replaceAll('&#39;', "'")) as Record<string, string>;
      for (const problem of Object.keys(problems)) {
        expect(words[`capture.problem.${problem}`]).toBe(message(locale, `capture.problem.${problem}`));
        // As a fault of the field, and as what the last picture lacked.
        const faulty = renderPage(views, 'capture_side', sampleCommon('capture_side', { locale, errors: { picture: problem } }), SAMPLES.capture_side[0]!.model);
        expect(faulty).toContain(`<a href="#picture">${message(locale, `capture.problem.${problem}`)}</a>`);
        const lacking = renderPage(views, 'capture_side', sampleCommon('capture_side', { locale }), { ...SAMPLES.capture_side[0]!.model, problem: problem as CaptureProblem });
        expect(lacking).toContain(message(locale, `capture.problem.${problem}`));
      }
    }
  });

  it('work as plain forms that carry a file', () => {
    const side = render('capture_side', 'passport');
    expect(tags(side, 'form')[0]).toContain('enctype="multipart/form-data"');
    const file = tags(side, 'input').find((tag) => attribute(tag, 'type') === 'file') ?? '';
    expect([attribute(file, 'name'), attribute(file, 'accept')]).toEqual(['picture', 'image/jpeg,image/png']);
    // With it, phones open the camera and offer no gallery.
    expect(file).not.toContain('capture=');
    expect(tags(render('capture_side', 'no_uploads'), 'input').some((tag) => attribute(tag, 'type') === 'file')).toBe(false);
    const photo = render('capture_selfie', 'photo_left');
    expect(photo).toContain('<input type="hidden" name="nonce" value="n0nce">');
    expect(photo).toMatch(/<input id="frame" name="frame" type="file"[^>]* capture="user"/);
    expect(photo).not.toContain('name="method"');
  });

  it('speak of a computer in other apps\' browsers only where the check began on one', () => {
    for (const locale of ['en', 'es'] as const) {
      const common = sampleCommon('capture_side', { locale });
      const model = SAMPLES.capture_side[0]!.model;
      const phone = renderPage(views, 'capture_side', common, model);
      const here = renderPage(views, 'capture_side', { ...common, form: { ...common.form!, action: '/interaction/Vx9TzLw4RbN7Kq2m' } }, model);
      expect(phone).toContain(`<p>${message(locale, 'camera.in_app')}</p>`);
      expect(here).toContain(`<p>${message(locale, 'camera.in_app_here')}</p>`);
      expect(here).not.toContain(`<p>${message(locale, 'camera.in_app')}</p>`);
    }
  });

  it('begin the challenge by photographs without a script, and not at all where those are refused', () => {
    const begin = render('capture_selfie', 'begin');
    expect(begin).toContain('<input type="hidden" name="method" value="photo">');
    expect(begin).toContain('name="action" value="begin"');
    const live = render('capture_selfie', 'begin_again');
    expect(live).toContain('<input type="hidden" name="method" value="live">');
    expect(live).not.toContain('name="action" value="begin"');
  });

  it('call a document as its country does', () => {
    expect(render('capture_choose', 'usual')).toContain('Driver’s license');
    expect(render('capture_choose', 'second')).toContain('Driving licence');
    expect(render('capture_side', 'licence_back_blurred')).toContain('<h1>Back of your driver’s license</h1>');
    expect(render('capture_side', 'licence_back_blurred')).toContain('This is the last try.');
  });

  it('put consent and refusal side by side, in one look, with the text before both', () => {
    const html = render('capture_consent', 'usual');
    const buttons = tags(html, 'button');
    expect(buttons.map((tag) => [attribute(tag, 'name'), attribute(tag, 'value')])).toEqual([['action', 'agree'], ['action', 'decline']]);
    expect(attribute(buttons[0] ?? '', 'class')).toBe(attribute(buttons[1] ?? '', 'class'));
    expect(html.indexOf('id="consent-text"')).toBeLessThan(html.indexOf('value="agree"'));
    expect(html).toContain('<input type="hidden" name="consentHash" value="b1946ac92492d2347c6235b4d2611184">');
  });

  it('show the code as a picture, and its address only where no message can be sent', () => {
    expect(tags(render('document_handover', 'usual'), 'img')[0]).toContain('src="data:image/svg+xml');
    expect(render('document_handover', 'usual')).not.toContain('/l/3kX9');
    expect(render('document_handover', 'no_sms_fault')).toContain('/l/3kX9');
  });

  it('tie each unanswered question to its group, and keep what was answered', () => {
    const html = render('kba_questions', 'again_fault');
    expect([...html.matchAll(/<a href="#(q_\w+)">/g)].map(([, id]) => id)).toEqual(['q_b2', 'q_d4']);
    expect(html).toMatch(/id="q_a1_4" name="q_a1" value="4" checked/);
  });
});

it('every page has a template of its own and samples', () => {
  const pages = Object.keys(PAGES) as PageName[];
  expect(new Set(pages.map((page) => PAGES[page].view)).size).toBe(pages.length);
  for (const page of pages) expect(SAMPLES[page].length, page).toBeGreaterThan(0);
});
