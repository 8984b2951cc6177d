import { describe, expect, it } from 'vitest';
import {
  kycMatchRequest,
  numberRecyclingRequest,
  numberVerificationRequest,
  simSwapRequest,
} from '../../../src/vendors/camara/request.ts';

const phone = '+14075550123';

describe('CAMARA requests', () => {
  it('sends the street as name and number, and as whole address where there is enough of it', () => {
    const attributes = { givenName: 'Andrew', street: '2591 Brunswick Ct', postalCode: '34743', region: 'FL' };
    expect(kycMatchRequest({ phone, attributes })).toEqual({
      api: 'kycMatch',
      body: {
        phoneNumber: phone,
        givenName: 'Andrew',
        streetName: 'Brunswick Ct',
        streetNumber: '2591',
        address: '2591 Brunswick Ct, FL, 34743',
        postalCode: '34743',
        region: 'FL',
      },
    });
  });

  it('sends nothing that was not asked: a lone street makes no whole address', () => {
    const request = kycMatchRequest({ phone, attributes: { street: 'Rose Cottage', city: '  ' } });
    expect(request?.body).toEqual({ phoneNumber: phone, streetName: 'Rose Cottage' });
  });

  it('names birth date and town as the standard does', () => {
    const request = kycMatchRequest({ phone, attributes: { birthDate: '1969-09-26', city: 'Kissimmee', country: 'US' } });
    expect(request?.body).toEqual({ phoneNumber: phone, birthdate: '1969-09-26', locality: 'Kissimmee', country: 'US' });
  });

  it('makes no request without an attribute', () => {
    expect(kycMatchRequest({ phone, attributes: {} })).toBeUndefined();
    expect(kycMatchRequest({ phone, attributes: { givenName: '' } })).toBeUndefined();
  });

  it('builds the other three', () => {
    expect(simSwapRequest(phone, 72).body).toEqual({ phoneNumber: phone, maxAge: 72 });
    expect(numberRecyclingRequest(phone, '2025-01-31').body).toEqual({ phoneNumber: phone, specifiedDate: '2025-01-31' });
    expect(numberVerificationRequest(phone).body).toEqual({ phoneNumber: phone });
  });
});
