import type { Place } from '../../journey/store.ts';
import type { Signal } from '../../journey/rules/signal.ts';
import { parseAddress } from '../../feeds/address.ts';
import type { FeedAnswer } from '../../feeds/feeds.ts';
import { phoneFits } from '../phone_country.ts';
import { timezoneFits } from './timezones.ts';

const VERSION = 2;

/** Codes of one list, by answer. */
interface ListCodes {
  readonly id: string;
  readonly listed: string;
  readonly notListed: string;
  /** `<prefix>_not_configured`, `_stale`, `_unreadable`. */
  readonly prefix: string;
  readonly severity: Signal['severity'];
}

const TOR: ListCodes = { id: 'tor', listed: 'tor_exit', notListed: 'not_tor_exit', prefix: 'tor_list', severity: 'high' };
const DENIED: ListCodes = { id: 'address_lists', listed: 'listed_address', notListed: 'address_not_listed', prefix: 'address_lists', severity: 'high' };
/** A server may be behind it, or a company's own way out: a sign, no proof. */
const HOSTING: ListCodes = { id: 'hosting', listed: 'hosting_net', notListed: 'not_hosting_net', prefix: 'hosting_list', severity: 'medium' };
/** Many ordinary people use one. */
const VPN: ListCodes = { id: 'vpn', listed: 'vpn_net', notListed: 'not_vpn_net', prefix: 'vpn_list', severity: 'low' };

function listSignal(codes: ListCodes, answer: FeedAnswer): Signal {
  const base = { id: codes.id, version: VERSION, details: {}, source: 'feed' } as const;
  switch (answer.kind) {
    case 'listed':
      return {
        ...base,
        status: 'ok',
        severity: codes.severity,
        code: codes.listed,
        details: { list: answer.list },
        feedVersion: answer.version,
      };
    case 'not_listed':
      return { ...base, status: 'ok', severity: 'none', code: codes.notListed, feedVersion: answer.version };
    case 'not_configured':
      return { ...base, status: 'unknown', severity: 'none', code: `${codes.prefix}_not_configured` };
    case 'stale':
      return { ...base, status: 'unknown', severity: 'none', code: `${codes.prefix}_stale`, feedVersion: answer.version };
    case 'unreadable':
      return { ...base, status: 'error', severity: 'none', code: `${codes.prefix}_unreadable`, details: { fault: answer.fault } };
  }
}

interface Located extends Place {
  readonly feedVersion?: string | undefined;
}

interface Compared {
  readonly id: string;
  readonly agrees: string;
  readonly differs: string;
  readonly severity: Signal['severity'];
  /** Undefined where there is nothing to compare with. */
  readonly fits: boolean | undefined;
}

/** Whether the country of the address fits with something else that was said; unknown where it is not known. */
function comparedSignal({ id, agrees, differs, severity, fits }: Compared, place: Located): Signal {
  const base = {
    id, version: VERSION, details: {}, source: 'address', ...(place.feedVersion === undefined ? {} : { feedVersion: place.feedVersion }),
  } as const;
  if (place.country === undefined) return { ...base, status: 'unknown', severity: 'none', code: `${id}_unknown` };
  if (fits === undefined) return { ...base, status: 'unknown', severity: 'none', code: `${id}_not_compared` };
  return fits ? { ...base, status: 'ok', severity: 'none', code: agrees } : { ...base, status: 'ok', severity, code: differs };
}

/** What the address says: every list, and whether its country is the one that was given, the phone's, and the clock's. */
export function addressSignals(
  address: string,
  known: {
    readonly lists: { readonly tor: FeedAnswer; readonly denied: FeedAnswer; readonly hosting: FeedAnswer; readonly vpn: FeedAnswer };
    readonly place: Located;
    /** As answered. */
    readonly country: string | undefined;
    /** E.164. */
    readonly phone: string | undefined;
    /** As the browser says. */
    readonly timezone: string | undefined;
    readonly now: number;
  },
): readonly Signal[] {
  if (!parseAddress(address)) {
    // The front door hands over canonical addresses, so this is a fault of ours: never clean.
    const code = 'address_unreadable';
    return [{ id: 'address', version: VERSION, status: 'error', severity: 'medium', code, details: {}, source: 'address' }];
  }
  const { lists, place, country, phone, timezone, now } = known;
  const there = place.country;
  const inTime = timezone === undefined || there === undefined ? undefined : timezoneFits(timezone, there, now);
  return [
    listSignal(TOR, lists.tor),
    listSignal(DENIED, lists.denied),
    listSignal(HOSTING, lists.hosting),
    listSignal(VPN, lists.vpn),
    comparedSignal({ id: 'place', agrees: 'country_agrees', differs: 'country_differs', severity: 'low', fits: country === undefined ? undefined : country === there }, place),
    ...(phone === undefined ? [] : [
      comparedSignal({ id: 'phone_country', agrees: 'phone_country_agrees', differs: 'phone_country_differs', severity: 'low', fits: phoneFits(phone, there) }, place),
    ]),
    comparedSignal({ id: 'timezone', agrees: 'timezone_agrees', differs: 'timezone_differs', severity: 'low', fits: inTime }, place),
  ];
}
