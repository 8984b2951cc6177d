/** The first look at a cookie: whose device it is, for whom it is trusted here, and what its key has to sign. */
import { randomBytes } from 'node:crypto';
import type { Reason } from '../../journey/journey.ts';
import { isSupplied, suppliedIdentity } from '../../journey/supplied.ts';
import type { TrustedDeviceDeps } from './deps.ts';
import { exposedBy, reportReplay, trustFor } from './device_trust.ts';
import { endOf, STARTED, type Outcome } from './events.ts';
import { refusedOutcome } from './judge.ts';
import type { Apply, View } from './state.ts';

/** 256 random bits for one proof. */
export function drawChallenge(): string {
  return randomBytes(32).toString('base64url');
}

export async function look(deps: TrustedDeviceDeps, view: View): Promise<Apply> {
  const { journey, now } = view;
  const { device: cookie } = journey.opening;
  const found = cookie === undefined ? undefined : await deps.devices.byToken(cookie, journey.mode, now);
  if (!found) return over('unknown', [{ code: 'device_not_known' }]);
  const { device, token } = found;
  if (token === 'replayed') {
    await reportReplay(deps, device.id, exposedBy(found, now), view);
    return over('high', [{ code: 'cookie_replayed' }]);
  }
  const chosen = trustFor(deps, found, view);
  if (chosen.kind === 'refused') return over(refusedOutcome(chosen.code), [{ code: chosen.code }]);
  const { trust } = chosen;
  const verified = await deps.verifiedBy(trust.journeyId);
  if (!verified) return over('unknown', [{ code: 'verification_gone' }]);
  // The application says who it has to be: another one is verified from the beginning, however well this browser is known.
  const supplied = suppliedIdentity(journey, view.workflow);
  if (supplied && !isSupplied(verified.profile.open(), supplied)) return over('unknown', [{ code: 'another_identity' }]);
  const challenge = drawChallenge();
  return (current) => (current.state ? undefined : {
    state: {
      at: 'proving',
      known: {
        deviceId: device.id, thumbprint: device.thumbprint, trustId: trust.id, accountId: trust.accountId, journeyId: verified.journeyId, acr: verified.acr,
        profile: { ...verified.profile.open() },
        ...(verified.linkPhone ? { linkPhone: verified.linkPhone.open() } : {}),
        grantedAt: trust.grantedAt,
        ...(trust.simCheckedAt === undefined ? {} : { simCheckedAt: trust.simCheckedAt }),
      },
      challenge, madeAt: current.now, rounds: 1, askedFrom: current.journey.version + 1,
    },
    events: [STARTED],
  });
}

function over(outcome: Outcome, reasons: readonly Reason[]): Apply {
  return (current) => (current.state ? undefined : { end: endOf(outcome, reasons, { events: [STARTED] }) });
}
