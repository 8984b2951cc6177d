import { describe, expect, test } from 'vitest';
import { workflowDefinition, workflowOptions } from '../../src/journey/workflow.ts';

const SMALL = {
  name: 'Small',
  template: 'small',
  entry: 'risk',
  nodes: { risk: { step: 'session_risk', routes: { allow: { end: 'approve' } } } },
};

describe('a workflow as written', () => {
  test('gets every default it leaves out', () => {
    expect(workflowDefinition.parse(SMALL).options).toEqual({
      match: { thresholds: { givenName: 80, familyName: 85, street: 80, postalCode: 100 }, mustMatch: ['familyName', 'givenName'], atLeast: 3 },
      phoneRisk: {
        lineType: true, riskyLineTypes: ['landLine', 'fixedVoip', 'nonFixedVoip', 'other'],
        simSwap: true, simSwapWindowHours: 72, recycled: true, recycledWithinDays: 90,
      },
      risk: { collect: 'country', challengeAt: 40, denyAt: 80, points: {}, velocityDeniesTest: false, deniedNets: [], allowedNets: [], deniedCountries: [], emailRisk: false },
      link: { lifetimeSeconds: 600, numberTransfer: true, desktopOpen: 'deny', maxSends: 3, resendAfterSeconds: 30, maxPerPhonePerDay: 5 },
      documents: {
        types: ['passport', 'driving_licence', 'identity_card'], countries: [], minimumAge: 0, checks: {}, attempts: 3, dual: false, uploads: true,
        photoSelfie: 'review', faceMatch: 0.55, faceReview: 0.62, findSameFace: false, capture: 'own', handoverSeconds: 600, handoverSms: true,
        returnPage: false, imageHours: 0, reviewImageHours: 24, consentTexts: {},
      },
      devices: { trust: true, desktopDays: 180, phoneDays: 90, most: 10, trustFrom: [], simSwap: true, passkeys: true },
      kba: { enabled: false, seconds: 180, questions: 5, right: 4, rounds: 2, consentTexts: {} },
      review: { slaHours: 24, fourEyes: false, againHours: 72 },
      automations: [],
      identity: 'person',
      askBirthDate: false,
      phoneCountries: ['US', 'GB', 'CA'],
      piiAttempts: 1,
      journeySeconds: 1800,
      maxExtensions: 2,
      denyAs: 'error',
      reuseSeconds: 900,
      persistentId: false,
      consentTexts: {},
      retentionDays: 365,
      theme: {},
    });
  });

  test('keeps what it says, and the defaults beside it', () => {
    const { options } = workflowDefinition.parse({ ...SMALL, options: { link: { maxSends: 1 }, match: { thresholds: { familyName: 90 }, mustMatch: [], atLeast: 1 } } });
    expect(options.link).toMatchObject({ maxSends: 1, lifetimeSeconds: 600 });
    expect(options.match).toEqual({ thresholds: { familyName: 90 }, mustMatch: [], atLeast: 1 });
    const { documents } = workflowOptions.parse({ documents: { types: ['passport'], checks: { not_expired: 'review' } } });
    expect(documents).toMatchObject({ types: ['passport'], checks: { not_expired: 'review' }, attempts: 3 });
  });

  test('parsed again is the same', () => {
    const once = workflowDefinition.parse(SMALL);
    expect(workflowDefinition.parse(JSON.parse(JSON.stringify(once)))).toEqual(once);
  });

  test.each([
    ['an unknown property', { ...SMALL, extra: 1 }],
    ['no name', { ...SMALL, name: '' }],
    ['no entry', { ...SMALL, entry: undefined }],
    ['a step nobody knows', { ...SMALL, nodes: { risk: { step: 'palm_reading', routes: {} } } }],
    ['a node name with capitals', { ...SMALL, nodes: { Risk: SMALL.nodes.risk } }],
    ['a node name like a prototype', { ...SMALL, nodes: Object.fromEntries([['_proto', SMALL.nodes.risk]]) }],
    ['an end nobody knows', { ...SMALL, nodes: { risk: { step: 'session_risk', routes: { allow: { end: 'perhaps' } } } } }],
    ['a target that goes and ends', { ...SMALL, nodes: { risk: { step: 'session_risk', routes: { allow: { go: 'risk', end: 'deny' } } } } }],
    ['a target that does neither', { ...SMALL, nodes: { risk: { step: 'session_risk', routes: { allow: {} } } } }],
    ['an unknown option', { ...SMALL, options: { linkLifetime: 5 } }],
    ['an unknown option inside a group', { ...SMALL, options: { link: { numbertransfer: false } } }],
  ])('is refused: %s', (_name, source) => {
    expect(workflowDefinition.safeParse(source).success).toBe(false);
  });
});

describe('options out of bounds are refused', () => {
  test.each([
    ['link.lifetimeSeconds', { link: { lifetimeSeconds: 59 } }],
    ['link.lifetimeSeconds', { link: { lifetimeSeconds: 3601 } }],
    ['link.maxSends', { link: { maxSends: 0 } }],
    ['link.resendAfterSeconds', { link: { resendAfterSeconds: 4 } }],
    ['link.desktopOpen', { link: { desktopOpen: 'allow' } }],
    ['phoneRisk.simSwapWindowHours', { phoneRisk: { simSwapWindowHours: 2401 } }],
    ['phoneRisk.recycledWithinDays', { phoneRisk: { recycledWithinDays: 0 } }],
    ['phoneRisk.riskyLineTypes', { phoneRisk: { riskyLineTypes: ['carrierPigeon'] } }],
    ['match.thresholds', { match: { thresholds: { familyName: 0 } } }],
    ['match.thresholds', { match: { thresholds: { familyName: 101 } } }],
    ['match.thresholds', { match: { thresholds: { shoeSize: 50 } } }],
    ['match.mustMatch', { match: { mustMatch: ['shoeSize'] } }],
    ['match.atLeast', { match: { atLeast: 0 } }],
    ['risk.denyAt', { risk: { denyAt: 101 } }],
    ['risk.points', { risk: { points: { webdriver: -1 } } }],
    ['documents.types', { documents: { types: [] } }],
    ['documents.types', { documents: { types: ['library_card'] } }],
    ['documents.countries', { documents: { countries: ['USA'] } }],
    ['documents.minimumAge', { documents: { minimumAge: 121 } }],
    ['documents.checks', { documents: { checks: { shoe_size: 'required' } } }],
    ['documents.checks', { documents: { checks: { not_expired: 'sometimes' } } }],
    ['documents.attempts', { documents: { attempts: 0 } }],
    // The table of error rates ends there: a looser threshold was never measured.
    ['documents.faceMatch', { documents: { faceMatch: 0.56 } }],
    ['documents.faceReview', { documents: { faceReview: 0.63 } }],
    ['documents.capture', { documents: { capture: 'somebody' } }],
    ['documents.handoverSeconds', { documents: { handoverSeconds: 59 } }],
    ['documents.imageHours', { documents: { imageHours: 721 } }],
    ['documents.reviewImageHours', { documents: { reviewImageHours: 0 } }],
    ['documents.consentTexts', { documents: { consentTexts: { en: '' } } }],
    ['kba.seconds', { kba: { seconds: 29 } }],
    ['kba.questions', { kba: { questions: 3 } }],
    ['kba.right', { kba: { right: 2 } }],
    ['kba.rounds', { kba: { rounds: 3 } }],
    ['kba.consentTexts', { kba: { consentTexts: { en: '' } } }],
    ['journeySeconds', { journeySeconds: 119 }],
    ['maxExtensions', { maxExtensions: 6 }],
    ['piiAttempts', { piiAttempts: 0 }],
    ['piiAttempts', { piiAttempts: 1.5 }],
    ['phoneCountries', { phoneCountries: ['us'] }],
    ['asyncUIRedirect', { asyncUIRedirect: 'phone-done' }],
    ['denyAs', { denyAs: 'silence' }],
    ['reuseSeconds', { reuseSeconds: -1 }],
    ['consentTexts', { consentTexts: { en: '' } }],
    ['retentionDays', { retentionDays: 0 }],
    ['theme.accent', { theme: { accent: 'red' } }],
    ['theme.logo', { theme: { logo: 'https://example.com/logo.png' } }],
    ['theme.logo', { theme: { logo: 'data:text/html;base64,AAAA' } }],
  ])('%s: %j', (at, options) => {
    const read = workflowOptions.safeParse(options);
    expect(read.success).toBe(false);
    expect(read.error?.issues.map((issue) => issue.path.join('.')).some((path) => path.startsWith(at))).toBe(true);
  });
});
