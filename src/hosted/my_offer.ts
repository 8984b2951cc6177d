import type { Position } from '../engine/advance.ts';
import type { TicketStore } from '../devices/store.ts';
import type { Journey } from '../journey/journey.ts';
import { devicesLink, SUCCESS_LINK_MS } from './my_session.ts';

/** The way from a success page to the person's devices: a link of its own each time; undefined where there is none to offer. */
export type DevicesOffering = (journey: Pick<Journey, 'id' | 'decision'>) => Promise<string | undefined>;

export interface DevicesOfferDeps {
  /** The journey as it stands, by its id. */
  readonly byId: (journeyId: string) => Promise<Pick<Position, 'journey' | 'accountId' | 'workflow'> | undefined>;
  readonly tickets: Pick<TicketStore, 'make'>;
  readonly now: () => number;
}

/** Makes the offer, to whoever was approved in this very browser or on this very phone, where the workflow keeps anything to see. */
export function devicesOffering({ byId, tickets, now }: DevicesOfferDeps): DevicesOffering {
  return async ({ id, decision }) => {
    if (decision?.verdict !== 'approve') return undefined;
    const position = await byId(id);
    if (position?.accountId === undefined || position.journey.decision?.verdict !== 'approve') return undefined;
    const { trust, passkeys } = position.workflow.definition.options.devices;
    if (!trust && !passkeys) return undefined;
    const { mode, workflowId } = position.journey;
    return devicesLink(tickets, { accountId: position.accountId, mode, workflowId }, SUCCESS_LINK_MS, now());
  };
}
