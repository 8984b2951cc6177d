import { expect, it } from 'vitest';
import { wantedLogin } from '../../src/hosted/wanted.ts';

const [PHONE, DOCUMENT] = ['urn:gatehouse:acr:phone', 'urn:gatehouse:acr:document'];
const claims = (acr: object): string => JSON.stringify({ id_token: { acr } });

it.each<readonly [Record<string, unknown>, ReturnType<typeof wantedLogin>]>([
  [{}, undefined],
  [{ prompt: 'consent', scope: 'openid' }, undefined],
  [{ prompt: 'login' }, { acr: [], active: true }],
  [{ prompt: 'consent login' }, { acr: [], active: true }],
  [{ max_age: 0 }, { acr: [], active: true }],
  [{ max_age: 3600 }, { acr: [], active: true }],
  [{ acr_values: PHONE }, { acr: [PHONE], active: false }],
  [{ acr_values: `urn:example:gold ${DOCUMENT} ${PHONE}` }, { acr: [DOCUMENT, PHONE], active: false }],
  [{ acr_values: 'urn:example:gold' }, undefined],
  [{ claims: claims({ essential: true, value: DOCUMENT }), acr_values: PHONE }, { acr: [DOCUMENT], active: false }],
  [{ claims: claims({ essential: true, values: ['urn:example:gold'] }) }, undefined],
])('%j wants %j', (params, wanted) => {
  expect(wantedLogin(params)).toEqual(wanted);
});
