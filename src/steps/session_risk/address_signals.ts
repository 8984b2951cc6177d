import type { Signal } from '../../journey/rules/signal.ts';
import { inRange, parseAddress, parseNet, type Address } from '../../feeds/address.ts';
import type { FeedAnswer } from '../../feeds/feeds.ts';
import type { RoughPlace } from '../../feeds/rough_place.ts';

const VERSION = 1;

/** Codes of one list, by answer. */
interface ListCodes {
  readonly id: string;
  readonly listed: string;
  readonly notListed: string;
  /** `<prefix>_not_configured`, `_stale`, `_unreadable`. */
  readonly prefix: string;
}

const TOR: ListCodes = { id: 'tor', listed: 'tor_exit', notListed: 'not_tor_exit', prefix: 'tor_list' };
const DENIED: ListCodes = {
  id: 'address_lists',
  listed: 'listed_address',
  notListed: 'address_not_listed',
  prefix: 'address_lists',
};

function listSignal(codes: ListCodes, answer: FeedAnswer): Signal {
  const base = { id: codes.id, version: VERSION, details: {}, source: 'feed' } as const;
  switch (answer.kind) {
    case 'listed':
      return {
        ...base,
        status: 'ok',
        severity: 'high',
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

function workflowNetsSignal(address: Address, nets: readonly string[]): Signal {
  const base = { id: 'workflow_nets', version: VERSION, details: {}, source: 'workflow' } as const;
  if (nets.length === 0) return { ...base, status: 'unknown', severity: 'none', code: 'denied_nets_not_configured' };
  const parsed = nets.map(parseNet);
  const index = parsed.findIndex((net) => net !== undefined && inRange(net, address));
  if (index >= 0) return { ...base, status: 'ok', severity: 'high', code: 'denied_net', details: { entry: index } };
  const bad = parsed.filter((net) => net === undefined).length;
  if (bad > 0) return { ...base, status: 'error', severity: 'medium', code: 'denied_nets_unreadable', details: { bad } };
  return { ...base, status: 'ok', severity: 'none', code: 'net_not_denied' };
}

function placeSignal(place: RoughPlace | undefined, country: string | undefined): Signal {
  const base = { id: 'place', version: VERSION, details: {}, source: 'address' } as const;
  if (place?.country === undefined) return { ...base, status: 'unknown', severity: 'none', code: 'place_unknown' };
  if (country === undefined) return { ...base, status: 'unknown', severity: 'none', code: 'place_not_compared' };
  return country === place.country
    ? { ...base, status: 'ok', severity: 'none', code: 'country_agrees' }
    : { ...base, status: 'ok', severity: 'low', code: 'country_differs' };
}

/** What the address says: the lists, the workflow's own nets, and whether its country is the one that was given. */
export function addressSignals(
  address: string,
  known: {
    readonly tor: FeedAnswer;
    readonly denied: FeedAnswer;
    readonly deniedNets: readonly string[];
    readonly place: RoughPlace | undefined;
    readonly country: string | undefined;
  },
): readonly Signal[] {
  const parsed = parseAddress(address);
  if (!parsed) {
    // The front door hands over canonical addresses, so this is a fault of ours: never clean.
    const code = 'address_unreadable';
    return [{ id: 'address', version: VERSION, status: 'error', severity: 'medium', code, details: {}, source: 'address' }];
  }
  return [
    listSignal(TOR, known.tor),
    listSignal(DENIED, known.denied),
    workflowNetsSignal(parsed, known.deniedNets),
    placeSignal(known.place, known.country),
  ];
}
