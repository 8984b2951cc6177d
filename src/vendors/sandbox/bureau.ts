/**
 * The identity database simulator ("bureau"): an ordinary JSON service with words of its own, unlike the carrier's, so
 * that nothing above the port can come to depend on either.
 */
import Router from '@koa/router';
import { z } from 'zod';
import { sameSecret } from '../../constant_time.ts';
import { splitStreet } from '../camara/street.ts';
import { fail, parseJson, readText } from './body.ts';
import { effectsOf } from './numbers.ts';
import { compare, recordFor } from './records.ts';
import type { Asked, Likeness } from './records.ts';
import { makeTrouble } from './trouble.ts';
import type { Dialect } from './trouble.ts';

export interface BureauSettings {
  /** Expected as bearer token. */
  readonly secret: string;
  readonly slowMs: number;
}

export const BUREAU_PATH = '/bureau/v1/compare';

const request = z.strictObject({
  reference: z.uuid(),
  phone: z.string().regex(/^\+[1-9]\d{4,14}$/),
  person: z.strictObject({
    givenName: z.string().optional(),
    familyName: z.string().optional(),
    street: z.string().optional(),
    city: z.string().optional(),
    region: z.string().optional(),
    postalCode: z.string().optional(),
    country: z.string().optional(),
    birthDate: z.iso.date().optional(),
  }),
});
type Person = z.infer<typeof request>['person'];

const BUREAU_DIALECT: Dialect = {
  broken: (context) => fail(context, 500, 'internal'),
  rateLimited: (context) => fail(context, 429, 'too_many_requests'),
  unknownNumber: (context) => fail(context, 404, 'no_record'),
};

export function bureauRouter(settings: BureauSettings): Router {
  const router = new Router();
  router.post(BUREAU_PATH, async (context) => {
    if (!sameSecret(context.get('authorization'), `Bearer ${settings.secret}`)) {
      fail(context, 401, 'unauthorized');
      return;
    }
    const parsed = request.safeParse(parseJson(await readText(context.req)));
    if (!parsed.success) {
      fail(context, 400, 'bad_request');
      return;
    }
    const { reference, phone, person } = parsed.data;
    const trouble = effectsOf(phone).trouble?.bureau;
    if (await makeTrouble(trouble, context, BUREAU_DIALECT, settings.slowMs)) return;
    context.body = { reference, result: resultFor(person, phone) };
  });
  return router;
}

interface Comparison {
  readonly verdict: 'exact' | 'close' | 'different' | 'not_held';
  readonly similarity: number | null;
}

/** From this similarity on, an attribute is close; below it, different. */
const CLOSE_FROM = 50;

function resultFor(person: Person, phone: string): Record<string, Comparison> {
  const { street, ...rest } = person;
  const parts = street === undefined ? undefined : splitStreet(street, person.country);
  const asked: Asked = { ...rest, streetName: parts?.name, streetNumber: parts?.number };
  const found = compare(asked, recordFor(asked), phone);
  const result: Record<string, Comparison> = {};
  for (const [attribute, likeness] of found) {
    if (attribute !== 'streetName' && attribute !== 'streetNumber') result[attribute] = comparison(likeness);
  }
  const name = found.get('streetName');
  if (name !== undefined) {
    const number = found.get('streetNumber');
    // Another house in the same street is another address; so is a street without its number.
    const sameHouse = name === null || number?.equal === true;
    result['street'] = sameHouse ? comparison(name) : { verdict: 'different', similarity: null };
  }
  return result;
}

function comparison(likeness: Likeness): Comparison {
  if (likeness === null) return { verdict: 'not_held', similarity: null };
  if (likeness.equal) return { verdict: 'exact', similarity: 100 };
  const close = likeness.score !== null && likeness.score >= CLOSE_FROM;
  return { verdict: close ? 'close' : 'different', similarity: likeness.score };
}
