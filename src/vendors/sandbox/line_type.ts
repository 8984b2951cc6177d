/**
 * The line-type simulator, in the shape of Twilio's Lookup v2.
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import { sameSecret } from '../../constant_time.ts';
import { effectsOf } from './numbers.ts';
import { makeTrouble } from './trouble.ts';
import type { Dialect } from './trouble.ts';

export interface LineTypeSettings {
  /** Expected as the password of Basic authentication. */
  readonly secret: string;
  readonly slowMs: number;
}

export const LINE_TYPE_USER = 'sandbox';

const LINE_TYPE_DIALECT: Dialect = {
  broken: (context) => fail(context, 500, 20500, 'Internal Server Error'),
  rateLimited: (context) => fail(context, 429, 20429, 'Too Many Requests'),
  unknownNumber: (context) => answer(context, 'unknown'),
};

export function lineTypeRouter(settings: LineTypeSettings): Router {
  const router = new Router();
  const expected = `Basic ${Buffer.from(`${LINE_TYPE_USER}:${settings.secret}`).toString('base64')}`;
  router.get('/v2/PhoneNumbers/:number', async (context) => {
    if (!sameSecret(context.get('authorization'), expected)) {
      fail(context, 401, 20003, 'Authenticate');
      return;
    }
    const number = context.params['number'] ?? '';
    if (!/^\+[1-9]\d{4,14}$/.test(number)) {
      fail(context, 404, 20404, 'The requested resource was not found');
      return;
    }
    const effects = effectsOf(number);
    if (await makeTrouble(effects.trouble?.lineType, context, LINE_TYPE_DIALECT, settings.slowMs)) return;
    const asked = String(context.query['Fields'] ?? '').split(',');
    answer(context, asked.includes('line_type_intelligence') ? lineTypeOf(effects.lineType) : undefined);
  });
  return router;
}

/** Ordinary numbers are mobile lines; a number whose kind is not known is `unknown` in Twilio's words. */
function lineTypeOf(special: string | null | undefined): string {
  return special === undefined ? 'mobile' : (special ?? 'unknown');
}

/** @param type undefined where the package was not asked for */
function answer(context: Context, type: string | undefined): void {
  context.body = {
    phone_number: context['params']?.number,
    valid: true,
    validation_errors: [],
    line_type_intelligence:
      type === undefined
        ? null
        : {
            type,
            error_code: null,
            carrier_name: 'Sandbox Mobile',
            mobile_country_code: '001',
            mobile_network_code: '01',
          },
  };
}

function fail(context: Context, status: number, code: number, message: string): void {
  context.status = status;
  context.body = { code, message, more_info: '', status };
}
