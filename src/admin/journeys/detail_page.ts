import type { Reason } from '../../journey/journey.ts';
import type { WorkflowDefinition } from '../../journey/workflow.ts';
import type { AdminPage } from '../page.ts';
import { drawGraph } from '../workflows/graph.ts';
import type { FoundJourney, ReportedDevice, ReportedReturns } from './found.ts';
import type { Live } from './live.ts';
import { reasonText } from '../../journey/reason_texts.ts';
import { riskModel } from './risk_model.ts';

export const LAYERS = ['label', 'phase', 'block'] as const;
export type Layer = (typeof LAYERS)[number];

const LAYER_TEXTS: Readonly<Record<Layer, string>> = {
  label: 'Labels: what happened', phase: 'Phases: what began and ended', block: 'Blocks: what the gateway did',
};

export interface JourneyDetailModel {
  readonly found: FoundJourney;
  readonly live: Live | undefined;
  /** Undefined where the version is not stored. */
  readonly definition: WorkflowDefinition | undefined;
  /** Undefined: all. */
  readonly layer: Layer | undefined;
  /** A case about it. */
  readonly caseHref: string | undefined;
  readonly may: { readonly reveal: boolean; readonly account: boolean; readonly workflow: boolean; readonly key: boolean; readonly hold: boolean };
}

export function journeyDetailPage({ found, live, definition, layer, caseHref, may }: JourneyDetailModel): AdminPage {
  const href = `/admin/journeys/${found.id}`;
  const { decision } = found;
  return {
    view: 'admin/journeys/detail.njk', title: `Journey ${found.id}`, area: 'journeys', trail: [{ title: 'Journeys', href: '/admin/journeys' }],
    model: {
      href, id: found.id,
      refreshHref: layer === undefined ? href : `${href}?layer=${layer}`,
      mode: found.mode, simulated: found.simulated, verdict: decision?.verdict ?? '', live: live ?? false,
      workflow: found.workflow,
      workflowHref: may.workflow ? `/admin/workflows/${encodeURIComponent(found.workflowId)}` : '',
      clientId: found.clientId,
      keyHref: may.key ? `/admin/keys/${encodeURIComponent(found.clientId)}` : '',
      createdAt: found.createdAt, expiresAt: found.expiresAt, deleteAt: found.deleteAt, extensions: found.extensions,
      decidedAt: found.decidedAt ?? false, policy: decision?.policy ?? '', reasons: (decision?.reasons ?? []).map(reasonModel),
      accountId: found.accountId ?? '', accountHref: may.account && found.accountId !== undefined ? `/admin/accounts/${encodeURIComponent(found.accountId)}` : '',
      credentialBound: found.credentialBound, deviceId: found.deviceId ?? '', erasedAt: found.erasedAt ?? false, caseHref: caseHref ?? '',
      graph: definition ? drawGraph(definition, found.results, live?.node) : false,
      steps: found.results.map((result) => ({ ...result, reasons: result.reasons.map(reasonModel) })),
      risk: found.risk.map(riskModel),
      checks: found.checks.map((checks) => ({ ...checks, findings: checks.findings.map((finding) => ({ ...finding, why: finding.why ?? '' })) })),
      consents: found.consents.map((consent) => ({ ...consent, text: consent.text ?? '' })),
      messages: found.messages.map((message) => ({ ...message, provider: message.provider ?? '', code: message.code ?? '' })),
      devices: found.devices.map(deviceModel),
      returns: found.returns ? returnsModel(found.returns) : false,
      evidence: found.evidence, pictures: found.pictures,
      layers: [{ title: 'All', href: `${href}#timeline`, current: layer === undefined }, ...LAYERS.map((one) => ({ title: LAYER_TEXTS[one], href: `${href}?layer=${one}#timeline`, current: layer === one }))],
      events: found.events.filter((event) => layer === undefined || event.layer === layer).map((event) => ({
        ...event, node: event.node ?? '', reason: event.reason ?? '', reasonText: event.reason === undefined ? '' : reasonText(event.reason),
        details: detailText(event.details), seconds: ((event.at - found.createdAt) / 1000).toFixed(1),
        good: event.outcome === 'success' || event.outcome === 'next', bad: event.outcome === 'failure' || event.outcome === 'fail',
      })),
      holdHref: may.hold ? `/admin/accounts/journey-hold?journey=${encodeURIComponent(found.id)}` : '',
      revealHref: may.reveal ? `${href}/reveal` : '',
    },
  };
}

function reasonModel({ code, detail }: Reason) {
  return { code, text: reasonText(code), detail: detailText(detail) };
}

/** `matched 3, needed 3`. Pure. */
export function detailText(details: Readonly<Record<string, unknown>> | undefined): string {
  return Object.entries(details ?? {}).filter(([, value]) => value !== '').map(([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`).join(', ');
}

function deviceModel(device: ReportedDevice) {
  return {
    ...device, label: device.label ?? '', issuedAt: device.issuedAt ?? false,
    trusts: device.trusts.map((trust) => ({ ...trust, revoked: trust.revoked ?? false })),
  };
}

function returnsModel(returns: ReportedReturns) {
  return { ...returns, country: returns.country ?? '', refused: returns.refused ?? false, accepted: returns.count - (returns.refused?.count ?? 0) };
}
