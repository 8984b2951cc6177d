import { describe, expect, test } from 'vitest';
import { isMessageKey, LOCALES, message } from '../../../src/http/locales/index.ts';
import { labelKey } from '../../../src/hosted/pages.ts';
import { addressForm } from '../../../src/steps/pii_validation/address_forms.ts';
import { formValues, readForm, type FormPolicy } from '../../../src/steps/pii_validation/form.ts';

const TODAY = '2030-06-15';
const POLICY: FormPolicy = { askBirthDate: false, phoneCountries: ['US', 'GB', 'CA'] };
type Values = Readonly<Record<string, string>>;

const PEOPLE: Readonly<Record<string, Values>> = {
  US: { given_name: 'Andrew', family_name: 'Roshell', street: '2591 Brunswick Ct', city: 'Kissimmee', region: 'FL', postal_code: '34743', country: 'US', phone: '(407) 555-0123' },
  GB: { given_name: 'Imogen', family_name: 'Hartley-Vance', street: '27 Larkspur Row', city: 'Harrogate', region: '', postal_code: 'HG2 9ZX', country: 'GB', phone: '07400 123456' },
  CA: { given_name: 'Nolan', family_name: 'Okafor-Reid', street: '418 Tamarack Lane', city: 'Peterborough', region: 'ON', postal_code: 'K9H 0Z9', country: 'CA', phone: '705-555-0123' },
  DE: { given_name: 'Jürgen', family_name: 'Müller', street: 'Hauptstraße 5', city: 'Köln', region: '', postal_code: '50667', country: 'DE', phone: '0151 23456789' },
};

const used = new Set<string>();

function read(country: string, change: Values = {}, policy: FormPolicy = POLICY): ReturnType<typeof readForm> {
  const answer = readForm({ ...PEOPLE[country], ...change }, policy, TODAY);
  if (answer.kind === 'faults') for (const key of Object.values(answer.errors)) used.add(key);
  return answer;
}
function claimed(country: string, change: Values = {}, policy: FormPolicy = POLICY) {
  const answer = read(country, change, policy);
  if (answer.kind !== 'read') throw new Error(JSON.stringify(answer.errors));
  return answer.claimed;
}
const errors = (country: string, change: Values = {}, policy: FormPolicy = POLICY): unknown => {
  const answer = read(country, change, policy);
  return answer.kind === 'faults' ? answer.errors : {};
};

describe('a person', () => {
  test.each([['US', '+14075550123'], ['GB', '+447400123456'], ['CA', '+17055550123'], ['DE', '+4915123456789']])('of %s is read', (country, phone) => {
    expect(claimed(country)).toMatchObject({ country, phone, givenName: PEOPLE[country]?.['given_name'], postalCode: PEOPLE[country]?.['postal_code'] });
  });

  test('fills the form again as it was read', () => {
    const policy = { ...POLICY, askBirthDate: true };
    const person = claimed('US', { birth_date: '1969-09-26' }, policy);
    expect(claimed('US', formValues(person), policy)).toEqual(person);
    expect(formValues(claimed('GB'))).toMatchObject({ birth_date: '', region: '' });
  });

  test('is tidied: spaces folded, composed Unicode, capitals of the country', () => {
    expect(claimed('US', { given_name: '  Jose\u0301   Luis ', country: 'us' })).toMatchObject({ givenName: 'José Luis', country: 'US' });
    expect(claimed('US', { street: '1 Main\tSt' }).street).toBe('1 Main St');
  });

  test('has no birth date where none is asked, whatever was sent', () => {
    expect(claimed('US', { birth_date: '1969-09-26' })).not.toHaveProperty('birthDate');
  });
});

describe('postal codes', () => {
  test.each([
    ['US', '34743', '34743'], ['US', '34743-1234', '34743-1234'], ['US', '347431234', '34743-1234'], ['US', ' 34743 1234 ', '34743-1234'],
    ['GB', 'sw1a1aa', 'SW1A 1AA'], ['GB', 'M1 1AE', 'M1 1AE'], ['GB', 'CR2  6XH', 'CR2 6XH'], ['GB', 'DN55 1PT', 'DN55 1PT'], ['GB', 'gir0aa', 'GIR 0AA'], ['GB', 'EC1A-1BB', 'EC1A 1BB'],
    ['CA', 'k9h0z9', 'K9H 0Z9'], ['CA', 'V6B-4Y8', 'V6B 4Y8'],
    ['DE', ' 50667 ', '50667'], ['DE', 'anything  at all', 'ANYTHING AT ALL'], ['DE', '', ''],
  ])('%s %j is %j', (country, typed, expected) => {
    expect(claimed(country, { postal_code: typed }).postalCode).toBe(expected);
  });

  test.each([
    ['US', '3474'], ['US', '3474X'], ['US', '34743-12'], ['US', '3474312345'], ['US', 'SW1A 1AA'], ['US', '３４７４３'],
    ['GB', '34743'], ['GB', 'SW1A 1AI'], ['GB', 'SW1AA 1AA'], ['GB', 'Q'], ['GB', 'ABC1 1AA'],
    ['CA', 'D9H 0Z9'], ['CA', 'K9H 0O9'], ['CA', 'K9H0Z'], ['CA', '12345'], ['CA', 'W9H 0Z9'],
  ])('%s %j is not one', (country, typed) => {
    expect(errors(country, { postal_code: typed })).toEqual({ postal_code: 'postal_code_invalid' });
  });

  test.each(['US', 'GB', 'CA'])('%s needs one', (country) => {
    expect(errors(country, { postal_code: '  ' })).toEqual({ postal_code: 'required' });
  });
});

describe('regions', () => {
  test.each([
    ['US', 'fl', 'FL'], ['US', 'Florida', 'FL'], ['US', 'new  york', 'NY'], ['US', 'District of Columbia', 'DC'], ['US', 'PR', 'PR'],
    ['CA', 'ontario', 'ON'], ['CA', 'Québec', 'QC'], ['CA', 'Quebec', 'QC'], ['CA', 'nl', 'NL'],
    ['GB', 'North Yorkshire', 'North Yorkshire'], ['GB', '', ''], ['DE', 'NRW', 'NRW'], ['DE', '', ''],
  ])('%s %j is %j', (country, typed, expected) => {
    expect(claimed(country, { region: typed }).region).toBe(expected);
  });

  test.each([['US', 'ON'], ['US', 'Flor'], ['US', 'constructor'], ['CA', 'FL'], ['CA', 'XX']])('%s has no %j', (country, typed) => {
    expect(errors(country, { region: typed })).toEqual({ region: 'region_invalid' });
  });

  test.each(['US', 'CA'])('%s needs one', (country) => {
    expect(errors(country, { region: '' })).toEqual({ region: 'required' });
  });
});

describe('phones', () => {
  test.each([
    ['US', '4075550123', '+14075550123'], ['US', '407.555.0123', '+14075550123'], ['US', '+1 407 555 0123', '+14075550123'], ['US', '１ 407 555 0123', '+14075550123'],
    ['US', '+44 7400 123456', '+447400123456'], ['US', '+1 604 555 0123', '+16045550123'],
    ['GB', '+447400123456', '+447400123456'], ['CA', '(604) 555-0123', '+16045550123'],
    ['DE', '+1 407 555 0123', '+14075550123'], ['DE', '+33 6 12 34 56 78', '+33612345678'],
  ])('%s %j is %s', (country, typed, e164) => {
    expect(claimed(country, { phone: typed }).phone).toBe(e164);
  });

  test.each([
    ['US', '407555012'], ['US', '911'], ['US', 'none'], ['US', '+999 123456789'], ['US', '4075550123 ext. 5'], ['US', '1-800-FLOWERS'],
    ['US', 'call me at 407 555 0123'], ['US', '407-555-0123 or 407-555-0124'], ['US', 'tel:+14075550123;ext=5'], ['US', '0000000000'], ['GB', '7400'],
  ])('%s %j is none', (country, typed) => {
    expect(errors(country, { phone: typed })).toEqual({ phone: 'phone_invalid' });
  });

  test.each([
    ['Guernsey shares +44', 'GB', '+44 7911 123456'], ['Jersey shares +44', 'GB', '+44 7797 123456'], ['Jamaica shares +1', 'US', '+1 876 555 0123'],
    ['Bahamas share +1', 'CA', '+1 242 359 1234'], ['France', 'US', '+33 6 12 34 56 78'],
  ])('of another country is refused: %s', (_name, country, typed) => {
    expect(errors(country, { phone: typed })).toEqual({ phone: 'phone_country' });
  });

  test.each([['Puerto Rico', '+1 787 555 0123'], ['Guam', '+1 671 555 0123'], ['the US Virgin Islands', '+1 340 555 0123']])('takes a number of %s for a US one', (_place, phone) => {
    expect(claimed('US', { phone }, POLICY).phone).toBe(phone.replaceAll(' ', ''));
  });

  test('is judged by the workflow: Guernsey may be listed', () => {
    expect(claimed('GB', { phone: '+44 7911 123456' }, { ...POLICY, phoneCountries: ['GB', 'GG'] }).phone).toBe('+447911123456');
  });
});

describe('birth dates', () => {
  const policy = { ...POLICY, askBirthDate: true };
  test.each(['1969-09-26', '2000-02-29', '1890-01-01', TODAY])('%s is one', (typed) => {
    expect(claimed('US', { birth_date: typed }, policy).birthDate).toBe(typed);
  });
  test.each([
    ['', 'required'], ['2030-06-16', 'birth_date_future'], ['2031-01-01', 'birth_date_future'], ['1889-12-31', 'birth_date_invalid'], ['2001-02-29', 'birth_date_invalid'],
    ['2000-13-01', 'birth_date_invalid'], ['2000-00-10', 'birth_date_invalid'], ['26/09/1969', 'birth_date_invalid'], ['1969-9-26', 'birth_date_invalid'],
    ['0000-00-00', 'birth_date_invalid'], ['1969-09-26T', 'too_long'],
  ])('%j is %s', (typed, key) => {
    expect(errors('US', { birth_date: typed }, policy)).toEqual({ birth_date: key });
  });
});

describe('what is refused anywhere', () => {
  test('an empty form names everything it needs, at once', () => {
    expect(readForm({}, { ...POLICY, askBirthDate: true }, TODAY)).toEqual({
      kind: 'faults',
      errors: { given_name: 'required', family_name: 'required', street: 'required', city: 'required', country: 'required', phone: 'required', birth_date: 'required' },
    });
  });

  test.each(['given_name', 'family_name', 'street', 'city', 'region'])('%s: length, control characters, brackets', (field) => {
    expect(errors('GB', { [field]: 'x'.repeat(201) })).toEqual({ [field]: 'too_long' });
    for (const hostile of ['a\u0007b', 'a\u0000b', '<script>', '{{ 7*7 }}', '\ud800x', 'a\ue000']) {
      expect(errors('GB', { [field]: hostile }), JSON.stringify(hostile)).toEqual({ [field]: 'invalid_characters' });
    }
  });

  test.each(["O'Neil", "Robert'); DROP TABLE journey;--", '日本 太郎', 'Ñandú & Søn', 'Jean-Luc “Jo” d’Arc', 'علی'])('a name may be %s', (name) => {
    expect(claimed('US', { family_name: name }).familyName).toBe(name);
  });

  test.each([['ZZ', 'country_invalid'], ['U1', 'country_invalid'], ['USA', 'too_long'], ['__', 'country_invalid']])('the country %s: %s', (country, key) => {
    // Without a country nothing that depends on it can be judged.
    expect(errors('GB', { country })).toEqual({ country: key });
  });

  test('addresses of unknown countries take the plain form, prototypes included', () => {
    expect(addressForm('constructor')).toBe(addressForm('FR'));
    expect(addressForm('US')).not.toBe(addressForm('FR'));
  });
});

test('every key that came up has a sentence and every field a label, in every language', () => {
  expect([...used].sort()).toEqual([
    'birth_date_future', 'birth_date_invalid', 'country_invalid', 'invalid_characters', 'phone_country', 'phone_invalid', 'postal_code_invalid', 'region_invalid', 'required', 'too_long',
  ]);
  for (const locale of LOCALES) {
    for (const key of used) {
      expect(isMessageKey(`errors.fields.${key}`), key).toBe(true);
      expect(message(locale, `errors.fields.${key}`, { label: 'X' })).not.toBe('');
    }
    for (const field of Object.keys(formValues(claimed('US')))) expect(labelKey(field, 'US'), field).not.toBe('label.answer');
  }
});
