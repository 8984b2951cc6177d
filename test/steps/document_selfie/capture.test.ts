import { describe, expect, test } from 'vitest';
import { biometricConsent } from '../../../src/steps/document_selfie/consent.ts';
import { Driver, ending, file, kinds, START, timeline, type DriverOptions } from './driver.ts';
import { sound } from './fakes.ts';

const HERE = { device: 'mobile' } as const;

async function arrived(options: DriverOptions = {}): Promise<Driver> {
  const driver = new Driver({ ...HERE, ...options });
  await driver.arrive();
  return driver;
}

describe('consent', () => {
  test('nothing is accepted and nobody asked before it', async () => {
    const driver = new Driver(HERE);
    expect((await driver.settle())?.name).toBe('capture_consent');
    for (const page of ['capture_side', 'capture_selfie', 'capture_choose', 'capture_vendor']) {
      expect(await driver.send(page, { action: 'begin', method: 'live' }, { files: [file('picture', 'front'), file('frame', 'left')] })).toEqual({ kind: 'invalid', errors: {} });
    }
    expect([driver.reader.calls, driver.vendor.calls, driver.images.puts]).toEqual([[], [], 0]);
  });

  test('is recorded with the text that stood on the page, in its language', async () => {
    const driver = new Driver(HERE);
    await driver.settle();
    const spanish = biometricConsent(driver.workflow, 'Example App', 'es');
    await driver.send('capture_consent', { action: 'agree', consentHash: spanish.hash });
    expect(driver.changes.at(-1)?.consents).toEqual([{ purpose: 'biometrics', text: spanish.text, locale: 'es', method: 'button' }]);
    expect(spanish.text).toContain('Example App');
    expect((await driver.settle())?.name).toBe('capture_side');
  });

  test.each([[{ action: 'agree' }, { consent: 'consent_changed' }], [{ action: 'agree', consentHash: 'x' }, { consent: 'consent_changed' }], [{}, { action: 'required' }]])('%j is not consent', async (values, errors) => {
    const driver = new Driver(HERE);
    await driver.settle();
    expect(await driver.send('capture_consent', values as Record<string, string>)).toEqual({ kind: 'invalid', errors });
    expect((await driver.settle())?.name).toBe('capture_consent');
  });

  test('declined ends the step with nothing of the person', async () => {
    const driver = new Driver(HERE);
    await driver.settle();
    await driver.send('capture_consent', { action: 'decline' });
    expect(ending(driver)).toEqual(['consent_declined', 'consent_declined']);
    expect(kinds(driver)).toEqual([]);
    expect(timeline(driver)).toContain('label biometric_consent failure consent_declined');
  });

  test("the workflow's own text comes before the built-in one, language by language", () => {
    const { workflow } = new Driver({ documents: { consentTexts: { en: 'Faces for {app}' } } });
    expect(biometricConsent(workflow, 'A $& B', 'en').text).toBe('Faces for A $& B');
    expect(biometricConsent(workflow, 'A', 'es').locale).toBe('es');
    expect(biometricConsent(workflow, 'A', 'fr')).toEqual(biometricConsent(workflow, 'A', 'en'));
  });

  test('the built-in text tells what the workflow does: how long, who else, and what is kept', () => {
    const text = (documents: NonNullable<DriverOptions['documents']>, locale = 'en'): string => biometricConsent(new Driver({ documents }).workflow, 'App', locale).text;
    expect(text({})).toMatch(/at the latest 24 hours after/);
    expect(text({ reviewImageHours: 72 })).toMatch(/72 hours/);
    expect(text({ imageHours: 96 }, 'es')).toMatch(/96 horas/);
    expect(text({})).not.toMatch(/company|days/);
    expect(text({ capture: 'own_then_vendor', findSameFace: true })).toMatch(/verification company on behalf of App.*up to 365 days/);
  });
});

describe('the choice of a document', () => {
  const ANY = { documents: { countries: [], types: ['passport', 'driving_licence', 'identity_card'] } } as const satisfies DriverOptions;

  test('starts with the country that the person named, and takes only what is accepted', async () => {
    const driver = await arrived({ documents: { countries: ['US', 'GB'], types: ['passport', 'driving_licence'] } });
    expect((await driver.settle())).toMatchObject({ name: 'capture_choose', model: { country: 'US', countries: ['US', 'GB'], types: ['passport', 'driving_licence'], second: false } });
    expect(await driver.send('capture_choose', { country: 'FR', type: 'identity_card' })).toEqual({ kind: 'invalid', errors: { country: 'country_invalid', type: 'required' } });
    await driver.send('capture_choose', { country: 'GB', type: 'passport' });
    expect((await driver.settle())?.model).toMatchObject({ slot: 'front', type: 'passport', country: 'GB', problem: undefined });
  });

  test('takes a licence only of a country whose licences can be read, and offers none where no accepted country is one', async () => {
    const driver = await arrived({ documents: { countries: ['US', 'GB'], types: ['passport', 'driving_licence'] } });
    expect(await driver.send('capture_choose', { country: 'GB', type: 'driving_licence' })).toEqual({ kind: 'invalid', errors: { type: 'licence_not_readable' } });
    await driver.send('capture_choose', { country: 'US', type: 'driving_licence' });
    expect((await driver.settle())?.model).toMatchObject({ slot: 'front', type: 'driving_licence', country: 'US' });
    const abroad = await arrived({ documents: { countries: ['DE', 'GB'], types: ['driving_licence', 'passport', 'identity_card'] } });
    expect((await abroad.settle())?.model).toMatchObject({ types: ['passport', 'identity_card'], countries: ['DE', 'GB'] });
    const licences = await arrived({ documents: { countries: [], types: ['driving_licence'] } });
    expect((await licences.settle())?.model['countries']).toEqual(['CA', 'US']);
    const none = new Driver({ ...HERE, documents: { countries: ['DE'], types: ['driving_licence'] } });
    await none.settle();
    expect(ending(none)).toEqual(['could_not_tell', 'no_readable_document']);
  });

  test('offers every country where any is accepted, and can be made again', async () => {
    const driver = await arrived(ANY);
    expect((await driver.settle())?.model['countries']).toContain('FR');
    await driver.send('capture_choose', { country: 'FR', type: 'identity_card' });
    await driver.picture();
    await driver.settle();
    await driver.send('capture_side', { action: 'choose' });
    expect((await driver.settle())?.name).toBe('capture_choose');
    expect([...driver.images.kept.values()].map(({ deleteAt }) => deleteAt)).toEqual([driver.now]);
  });

  test('is skipped where there is only one', async () => {
    const driver = await arrived();
    expect((await driver.settle())?.model).toMatchObject({ slot: 'front', type: 'passport', country: 'US' });
    expect(await driver.send('capture_side', { action: 'choose' })).toEqual({ kind: 'invalid', errors: { action: 'required' } });
  });

  test('two documents are of two types', async () => {
    const driver = await arrived({ documents: { dual: true, countries: ['US'], types: ['passport', 'driving_licence'] } });
    expect(await driver.send('capture_choose', { type: 'driving_licence' })).toMatchObject({ kind: 'change' });
    await driver.picture();
    await driver.settle();
    await driver.picture();
    expect((await driver.settle())?.model).toMatchObject({ slot: 'front', type: 'passport', second: true });
    await driver.picture();
    expect((await driver.settle())?.name).toBe('capture_selfie');
    expect(driver.reader.wanted).toEqual([{ side: 'front', type: 'driving_licence' }, { side: 'back', type: 'driving_licence' }, { side: 'front', type: 'passport' }]);
  });
});

describe('a side', () => {
  test.each([['passport', 1], ['driving_licence', 2], ['identity_card', 2]] as const)('%s: %i', async (type, sides) => {
    const driver = await arrived({ documents: { types: [type] } });
    const slots: unknown[] = [];
    for (let page = await driver.settle(); page?.name === 'capture_side'; page = await driver.settle()) {
      slots.push(page.model['slot']);
      await driver.picture();
    }
    expect(slots).toEqual(['front', 'back'].slice(0, sides));
    expect([...driver.images.kept.values()].map(({ purpose }) => purpose)).toEqual(['document_front', 'document_back'].slice(0, sides));
  });

  test('the state holds ids, never bytes; the picture has its first clock', async () => {
    const driver = await arrived();
    await driver.picture('secret pixels');
    expect(JSON.stringify(driver.state)).not.toContain('secret');
    expect(driver.state['documents'][0].front.picture).toMatchObject({ kind: 'image', id: 'image-1' });
    expect(driver.images.kept.get('image-1')?.deleteAt).toBe(START + 86_400_000);
  });

  test.each(['image_format', 'image_heic', 'image_damaged', 'image_too_many_bytes', 'image_too_many_pixels', 'image_too_small', 'image_empty'] as const)('%s is told and counts as no attempt', async (code) => {
    const driver = await arrived();
    driver.reader.intakes.push({ kind: 'refused', code });
    expect(await driver.picture()).toEqual({ kind: 'invalid', errors: { picture: code } });
    expect((await driver.settle())?.model).toMatchObject({ attemptsLeft: 3 });
    expect(driver.images.puts).toBe(0);
  });

  test.each(['busy', 'timed_out', 'crashed'] as const)('trouble at the door (%s) is told as busy; the same file goes through the next time', async (kind) => {
    const driver = await arrived();
    driver.reader.intakes.push({ kind });
    const picture = file('picture', 'front');
    expect(await driver.send('capture_side', {}, { files: [picture] })).toEqual({ kind: 'invalid', errors: { picture: 'busy' } });
    expect((await driver.send('capture_side', {}, { files: [picture] })).kind).toBe('change');
  });

  test.each([[[]], [[file('picture', 'a'), file('picture', 'b')]], [[file('frame', 'a')]]])('takes one picture, no more and no less: %#', async (files) => {
    const driver = await arrived();
    expect(await driver.send('capture_side', {}, { files })).toEqual({ kind: 'invalid', errors: { picture: 'missing' } });
    expect(driver.reader.calls).toEqual([]);
  });

  test('a submission tried again after a conflict is taken in once', async () => {
    const driver = await arrived();
    const submission = {
      page: 'capture_side', version: 1, channel: 'browser' as const, values: (await import('../../../src/personal.ts')).Personal.of({}),
      files: [file('picture', 'front')], visitor: { address: (await import('../../../src/personal.ts')).Personal.of('1'), userAgent: '', headers: {}, locale: 'en' },
    };
    const first = await driver.step.submit(submission, driver.view());
    const second = await driver.step.submit({ ...submission }, driver.view());
    expect([driver.reader.calls, driver.images.puts]).toEqual([['intake'], 1]);
    expect(first).toEqual(second);
  });

  test.each([['driving_licence', null, 'back', 3], ['passport', ['blurred'], 'front', 2]] as const)('%s: the same picture sent again with the form that was answered is no other side and no other try', async (type, quality, slot, attemptsLeft) => {
    const driver = await arrived({ documents: { types: [type] } });
    const shownWith = driver.version;
    driver.reader.intakes.push(quality && [...quality]);
    await driver.picture('front');
    expect((await driver.settle())?.model).toMatchObject({ slot, attemptsLeft });
    const [changes, calls] = [driver.changes.length, driver.reader.calls.length];
    const again = { files: [file('picture', 'front')], version: shownWith };
    for (const version of [shownWith, 0, Number.NaN]) expect(await driver.send('capture_side', {}, { ...again, version })).toEqual({ kind: 'invalid', errors: {} });
    // Nor another picture on a form that the back button brought up.
    expect(await driver.send('capture_side', {}, { files: [file('picture', 'other')], version: shownWith })).toEqual({ kind: 'invalid', errors: {} });
    expect([driver.changes.length, driver.reader.calls.length]).toEqual([changes, calls]);
    // The very same picture on the form that is shown now is an answer to it.
    expect((await driver.picture('front')).kind).toBe('change');
  });

  test('a version that came of something else costs nobody the picture that is on its way', async () => {
    const driver = await arrived({ documents: { types: ['driving_licence'] } });
    await driver.picture('front');
    await driver.settle();
    const shownWith = driver.version;
    driver.apply({});
    expect((await driver.send('capture_side', {}, { files: [file('picture', 'back')], version: shownWith })).kind).toBe('change');
    await driver.settle();
    expect(driver.state['documents'][0].back.reading).toBeDefined();
  });

  test('a form for the document before is no answer for the one that was chosen instead', async () => {
    const driver = await arrived({ documents: { countries: ['US'], types: ['passport', 'driving_licence'] } });
    await driver.send('capture_choose', { type: 'driving_licence' });
    await driver.picture('front');
    await driver.settle();
    const shownWith = driver.version;
    await driver.send('capture_side', { action: 'choose' });
    await driver.send('capture_choose', { type: 'passport' });
    expect(await driver.send('capture_side', {}, { files: [file('picture', 'back')], version: shownWith })).toEqual({ kind: 'invalid', errors: {} });
  });

  test('a double submit is read once: the second finds another page', async () => {
    const driver = await arrived();
    await driver.picture();
    expect(await driver.picture()).toEqual({ kind: 'invalid', errors: {} });
    const [one, other] = [await driver.ask(), await driver.ask()];
    one();
    const changes = driver.changes.length;
    other();
    expect(driver.changes.length).toBe(changes);
    expect((await driver.settle())?.name).toBe('capture_selfie');
  });

  test('a late answer to a former picture says nothing about the present one', async () => {
    const driver = await arrived();
    const blank = { ...sound({ side: 'front', type: 'passport' }), mrz: { kind: 'unread', why: 'not_found' } } as const;
    await driver.picture('first');
    const late = await driver.ask();
    driver.reader.readings.push({ kind: 'done', value: blank });
    await driver.settle();
    expect((await driver.settle())?.model).toMatchObject({ attemptsLeft: 2, problem: 'unreadable' });
    await driver.picture('second');
    const changes = driver.changes.length;
    late();
    expect([driver.changes.length, driver.task()]).toEqual([changes, 'read']);
  });

  test('a kill between picture and reading: the work is repeated and nothing counted twice', async () => {
    const driver = await arrived();
    driver.reader.readings.push(null, null);
    await driver.picture();
    await driver.ask();
    expect(driver.state['failures']).toEqual([]);
    await driver.settle();
    expect(driver.reader.calls.filter((one) => one === 'readSide')).toHaveLength(2);
    expect([driver.state['failures'], (await driver.settle())?.name]).toEqual([[], 'capture_selfie']);
  });
});

describe('attempts', () => {
  test('a bad picture is asked for again with its reason; the last one is read as it is', async () => {
    const driver = await arrived();
    driver.reader.intakes.push(['blurred'], ['glare', 'too_dark'], ['blurred']);
    await driver.picture();
    expect((await driver.settle())?.model).toMatchObject({ attemptsLeft: 2, problem: 'blurred' });
    await driver.picture();
    expect((await driver.settle())?.model).toMatchObject({ attemptsLeft: 1, problem: 'glare' });
    expect(driver.reader.calls).not.toContain('readSide');
    expect(driver.images.puts).toBe(0);
    await driver.picture();
    expect((await driver.settle())?.name).toBe('capture_selfie');
    expect(driver.reader.calls).toContain('readSide');
    expect(timeline(driver)).toContain('label document_capture failure glare');
  });

  test.each(['off', 'advisory'] as const)('quality that is %s asks for nothing', async (mode) => {
    const driver = await arrived({ documents: { checks: { picture_quality: mode } } });
    driver.reader.intakes.push(['blurred']);
    await driver.picture();
    expect((await driver.settle())?.name).toBe('capture_selfie');
  });

  test('a side that cannot be read is asked for again, that side only; the last failure stands', async () => {
    const driver = await arrived({ documents: { types: ['driving_licence'], attempts: 2 } });
    const back = { side: 'back', type: 'driving_licence' } as const;
    const unread = { ...sound(back), barcode: { kind: 'unread', why: 'not_found' } } as const;
    driver.reader.readings.push(null, { kind: 'done', value: unread }, { kind: 'done', value: unread });
    await driver.picture();
    await driver.settle();
    await driver.picture();
    expect((await driver.settle())?.model).toMatchObject({ slot: 'back', attemptsLeft: 1, problem: 'unreadable' });
    expect(driver.images.kept.get('image-2')?.deleteAt).toBe(driver.now);
    expect(driver.images.kept.get('image-1')?.deleteAt).toBeGreaterThan(driver.now);
    await driver.picture();
    expect((await driver.settle())?.name).toBe('capture_selfie');
    expect(driver.state['failures']).toHaveLength(2);
    await driver.selfie();
    expect(ending(driver)[0]).not.toBe('pass');
  });
});

describe('attempts of several types', () => {
  const TWO = { documents: { types: ['passport', 'identity_card'], attempts: 3 } } as const satisfies DriverOptions;
  const blurred = async (driver: Driver): Promise<void> => {
    driver.reader.intakes.push(['blurred']);
    await driver.picture();
    await driver.settle();
  };

  test('another document has its own, and the former its old ones; all together have an end', async () => {
    const driver = await arrived(TWO);
    const left = async (type: string): Promise<unknown> => {
      await driver.send('capture_choose', { type });
      const { attemptsLeft, problem } = (await driver.page()).model;
      return [attemptsLeft, problem];
    };
    const change = () => driver.send('capture_side', { action: 'choose' });
    expect(await left('passport')).toEqual([3, undefined]);
    await blurred(driver);
    await blurred(driver);
    await change();
    expect(await left('identity_card')).toEqual([3, undefined]);
    await blurred(driver);
    await change();
    expect(await left('passport')).toEqual([1, 'blurred']);
    await change();
    expect(await left('identity_card')).toEqual([2, 'blurred']);
    await blurred(driver);
    await change();
    expect(await left('passport')).toEqual([1, 'blurred']);
    expect(driver.state['failures']).toHaveLength(4);
  });

  test('three types share what two have', async () => {
    const driver = await arrived({ documents: { types: ['passport', 'identity_card', 'driving_licence'], attempts: 3 } });
    for (const type of ['passport', 'identity_card']) {
      await driver.send('capture_choose', { type });
      await blurred(driver);
      await blurred(driver);
      await driver.send('capture_side', { action: 'choose' });
    }
    await driver.send('capture_choose', { type: 'driving_licence' });
    expect((await driver.page()).model['attemptsLeft']).toBe(2);
  });
});
