import { expect, test } from 'vitest';
import { roughPlace } from '../../src/feeds/rough_place.ts';

test.each([
  ['8.8.8.8', { country: 'US' }],
  ['::ffff:8.8.8.8', { country: 'US' }],
  ['193.0.6.139', { country: 'NL' }],
  ['127.0.0.1', undefined],
  ['10.0.0.1', undefined],
  ['192.168.1.7', undefined],
  ['172.16.0.1', undefined],
  ['::ffff:192.168.1.7', undefined],
  ['fd00::1', undefined],
  ['::1', undefined],
  ['nonsense', undefined],
])('%s is registered in %o', (address, place) => {
  expect(roughPlace(address)).toEqual(place);
});
