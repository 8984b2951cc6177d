import type { Mode } from '../../journey/journey.ts';
import { endpointUrlFault } from '../../webhooks/endpoint_url.ts';
import { WEBHOOK_EVENTS, type WebhookEventType } from '../../webhooks/events.ts';

/** What can be chosen of an endpoint; only {@link readSettings} makes one. */
export interface EndpointSettings {
  readonly url: string;
  readonly description: string;
  readonly mode: Mode;
  readonly workflowId: string | undefined;
  readonly events: readonly WebhookEventType[];
  readonly withCredential: boolean;
}

/** As it was typed or sent. */
export interface TypedSettings {
  readonly url: string;
  readonly description: string;
  readonly mode: string;
  /** Empty: all. */
  readonly workflow: string;
  readonly events: readonly string[];
  readonly withCredential: boolean;
}

/** Against what it is judged. */
export interface SettingsRules {
  /** Whether test endpoints on this machine are accepted. */
  readonly development: boolean;
  /** Ids of the workflows there are. */
  readonly workflows: readonly string[];
}

/** What can be asked for; a test is sent whether or not anybody asked. */
export const CHOSEN_EVENTS = (Object.keys(WEBHOOK_EVENTS) as WebhookEventType[]).filter((type) => type !== 'endpoint.test');

const LONGEST_DESCRIPTION = 200;

/** Settings from what was typed, or a sentence for every field that is wrong. Pure. */
export function readSettings(typed: TypedSettings, rules: SettingsRules):
  { readonly kind: 'read'; readonly settings: EndpointSettings } | { readonly kind: 'faults'; readonly faults: Readonly<Record<string, string>> } {
  const faults: Record<string, string> = {};
  const mode = typed.mode === 'test' || typed.mode === 'live' ? typed.mode : undefined;
  if (!mode) faults['mode'] = 'Choose test or live.';
  const url = typed.url.trim();
  const urlFault = endpointUrlFault(url, mode ?? 'live', rules.development);
  if (urlFault !== undefined) faults['url'] = urlFault;
  const description = typed.description.trim();
  if (description.length > LONGEST_DESCRIPTION || /\p{Cc}/u.test(description)) faults['description'] = `Use at most ${LONGEST_DESCRIPTION} characters on one line.`;
  if (typed.workflow !== '' && !rules.workflows.includes(typed.workflow)) faults['workflow'] = 'There is no such workflow.';
  const events = CHOSEN_EVENTS.filter((type) => typed.events.includes(type));
  if (typed.events.some((type) => !CHOSEN_EVENTS.some((known) => known === type))) faults['events'] = 'There is no such event.';
  else if (events.length === 0) faults['events'] = 'Choose at least one event.';
  if (!mode || Object.keys(faults).length > 0) return { kind: 'faults', faults };
  return { kind: 'read', settings: { url: new URL(url).href, description, mode, workflowId: typed.workflow === '' ? undefined : typed.workflow, events, withCredential: typed.withCredential } };
}
