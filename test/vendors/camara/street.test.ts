import { describe, expect, it } from 'vitest';
import { splitStreet } from '../../../src/vendors/camara/street.ts';

describe('splitStreet', () => {
  it.each([
    ['2591 Brunswick Ct', 'US', 'Brunswick Ct', '2591'],
    ['2591 Brunswick Ct, Apt 4', 'US', 'Brunswick Ct', '2591'],
    ['2591 Brunswick Ct #4B', 'US', 'Brunswick Ct', '2591'],
    ['  27   Larkspur  Row ', 'GB', 'Larkspur Row', '27'],
    ['27A Larkspur Row', 'GB', 'Larkspur Row', '27A'],
    ['Flat 3, 27 Larkspur Row', 'GB', 'Larkspur Row', '27'],
    ['Rose Cottage, Church Lane', 'GB', 'Rose Cottage, Church Lane', undefined],
    ['12-418 Tamarack Lane', 'CA', 'Tamarack Lane', '418'],
    ['12-418 Tamarack Lane', 'US', 'Tamarack Lane', '12-418'],
    ['Highway 50', 'US', 'Highway 50', undefined],
    ['Lindenstraße 12 b', 'DE', 'Lindenstraße', '12 b'],
    ['Calle Mayor, 4', 'ES', 'Calle Mayor', '4'],
    ['Brunswick Ct', undefined, 'Brunswick Ct', undefined],
  ])('%s (%s)', (line, country, name, number) => {
    expect(splitStreet(line, country)).toEqual({ name, number });
  });
});
