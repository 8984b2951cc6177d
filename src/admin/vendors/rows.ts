/** Every capability under every mode, with who is asked and what came: nothing that is missing is left out. Pure. */
import type { Mode } from '../../journey/journey.ts';
import { percentile } from './latency.ts';
import type { Capability } from '../../vendors/tally.ts';
import type { VendorLast, VendorRecord } from './store.ts';

/** Each capability in plain words, and what happens without it. */
export const CAPABILITY_TEXTS: Readonly<Record<Capability, { readonly name: string; readonly without: string }>> = {
  carrierMatch: { name: 'Carrier match', without: 'The carrier confirms nobody; the identity database alone can.' },
  databaseMatch: { name: 'Identity database', without: 'The database confirms nobody; the carrier alone can.' },
  simSwap: { name: 'SIM swap', without: 'Where a workflow asks for it, nobody passes as clean.' },
  numberRecycling: { name: 'Recycled numbers', without: 'Where a workflow asks for it, nobody passes as clean.' },
  lineType: { name: 'Line type', without: 'Where a workflow asks for it, nobody passes as clean.' },
  sms: { name: 'Text messages', without: 'Links reach no phone; people go on to the document.' },
  kba: { name: 'Knowledge questions', without: 'Nobody is asked questions.' },
  documentVendor: { name: 'Document vendor', without: 'Documents are read by our own engine alone.' },
};

const CAPABILITIES = Object.keys(CAPABILITY_TEXTS) as readonly Capability[];

/** Who is asked for what; undefined where nobody is. */
export type VendorNames = Readonly<Record<Mode, Readonly<Record<Capability, string | undefined>>>>;

export type VendorState = 'not_configured' | 'not_asked' | 'works' | 'could_not_tell' | 'trouble';

export interface VendorRow {
  readonly capability: string;
  readonly mode: Mode;
  /** Empty where none is configured. */
  readonly vendor: string;
  readonly state: VendorState;
  /** What it means that there is none. */
  readonly without: string;
  readonly last: { readonly at: number; readonly outcome: string; readonly code: string; readonly ms: number } | false;
  readonly answers: number;
  readonly ok: number;
  readonly could_not_tell: number;
  readonly timed_out: number;
  readonly broke: number;
  /** Milliseconds; 0 where nothing was measured. */
  readonly p50: number;
  readonly p95: number;
  readonly codes: readonly { readonly outcome: string; readonly code: string; readonly count: number }[];
}

const MODES: readonly Mode[] = ['live', 'test'];

export function vendorRows(names: VendorNames, records: readonly VendorRecord[], lasts: readonly VendorLast[]): readonly VendorRow[] {
  return MODES.flatMap((mode) => CAPABILITIES.flatMap((capability) => {
    const mine = <T extends { readonly mode: Mode; readonly capability: string }>(all: readonly T[]): readonly T[] => all.filter((one) => one.mode === mode && one.capability === capability);
    const configured = names[mode][capability];
    // One that answered a while ago and is no longer configured shows as long as it was asked in these hours.
    const vendors = new Set([...(configured === undefined ? [] : [configured]), ...mine(records).map(({ vendor }) => vendor)]);
    const rows = [...vendors].map((vendor) => rowOf({ capability, mode, vendor }, mine(records).find((one) => one.vendor === vendor), mine(lasts).find((one) => one.vendor === vendor)));
    return configured === undefined ? [rowOf({ capability, mode, vendor: undefined }, undefined, undefined), ...rows] : rows;
  }));
}

function rowOf(of: { readonly capability: Capability; readonly mode: Mode; readonly vendor: string | undefined }, record: VendorRecord | undefined, found: VendorLast | undefined): VendorRow {
  const { name, without } = CAPABILITY_TEXTS[of.capability];
  const { ok = 0, could_not_tell = 0, timed_out = 0, broke = 0 } = record?.outcomes ?? {};
  const buckets = record?.buckets ?? [];
  const last = found?.last;
  return {
    capability: name, mode: of.mode, vendor: of.vendor ?? '', without: of.vendor === undefined ? without : '',
    state: of.vendor === undefined ? 'not_configured' : stateOf(last?.outcome),
    last: last ? { ...last, code: last.code ?? '' } : false,
    answers: ok + could_not_tell + timed_out + broke, ok, could_not_tell, timed_out, broke,
    p50: percentile(buckets, 0.5) ?? 0, p95: percentile(buckets, 0.95) ?? 0, codes: record?.codes.slice(0, MOST_CODES) ?? [],
  };
}

const MOST_CODES = 8;

function stateOf(outcome: VendorLast['last']['outcome'] | undefined): VendorState {
  if (outcome === undefined) return 'not_asked';
  return outcome === 'ok' ? 'works' : outcome === 'could_not_tell' ? 'could_not_tell' : 'trouble';
}
