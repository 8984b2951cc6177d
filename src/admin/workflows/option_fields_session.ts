import type { OptionField } from './option_fields.ts';

export const SESSION_FIELDS: readonly OptionField[] = [
  {
    path: 'risk.collect', group: 'session', label: 'Asked on the first page', hint: 'The one thing that is asked while the session is judged.',
    as: { kind: 'choice', texts: { country: 'Country', email: 'Email address', username: 'User name', nothing: 'Nothing: the page moves on by itself' } },
  },
  { path: 'risk.challengeAt', group: 'session', label: 'Challenge from', hint: 'Sessions with this many points or more are challenged: more proof is wanted.', as: { kind: 'number', unit: 'points' } },
  { path: 'risk.denyAt', group: 'session', label: 'Deny from', hint: 'Sessions with this many points or more are denied. More than the points for a challenge.', as: { kind: 'number', unit: 'points' } },
  {
    path: 'risk.points', group: 'session', label: 'Points of single signals', hint: 'One per line, code and points, such as “vpn_net 25”. Signals that are not listed keep their usual points; 0 switches one off.',
    as: { kind: 'points' },
  },
  { path: 'risk.emailRisk', group: 'session', label: 'Check email addresses', hint: 'Looks up whether the domain is a disposable one and takes mail. Of use where an email address is asked.', as: { kind: 'switch' } },
  { path: 'risk.velocityDeniesTest', group: 'session', label: 'Velocity rules deny under test keys too', hint: 'Usually they are only recorded under test keys, so that one persona can be run all day.', as: { kind: 'switch' } },
  { path: 'risk.deniedNets', group: 'session', label: 'Denied addresses and nets', hint: 'One per line, such as 203.0.113.7 or 203.0.113.0/24. Whoever comes from there is denied outright.', as: { kind: 'lines', entry: 'net' } },
  { path: 'risk.allowedNets', group: 'session', label: 'Allowed addresses and nets', hint: 'One per line. Signals of these never challenge or deny; hard rules still do.', as: { kind: 'lines', entry: 'net' } },
  { path: 'risk.deniedCountries', group: 'session', label: 'Denied countries', hint: 'Two capital letters per line (ISO 3166-1), such as US. Sessions from addresses there are denied.', as: { kind: 'lines', entry: 'country' } },
  { path: 'devices.trust', group: 'devices', label: 'Trust devices', hint: 'Devices are bound when somebody is approved, and let them come back without being asked.', as: { kind: 'switch' } },
  { path: 'devices.desktopDays', group: 'devices', label: 'A browser on a computer is trusted for', hint: 'Journeys must be kept at least as long.', as: { kind: 'number', unit: 'days' } },
  { path: 'devices.phoneDays', group: 'devices', label: 'A phone is trusted for', hint: 'Phones change hands more often.', as: { kind: 'number', unit: 'days' } },
  { path: 'devices.most', group: 'devices', label: 'Trusted devices of one person', hint: 'At most so many at a time; the one longest unused goes first.', as: { kind: 'number', unit: 'devices' } },
  { path: 'devices.trustFrom', group: 'devices', label: 'Trust of other workflows that counts here', hint: 'Ids of workflows, one per line. Whoever was verified there comes back here.', as: { kind: 'lines', entry: 'workflow' } },
  { path: 'devices.simSwap', group: 'devices', label: 'Ask the carrier when somebody comes back', hint: 'Whether the SIM was swapped since, at most once a day. A swap ends the trust.', as: { kind: 'switch' } },
  { path: 'devices.passkeys', group: 'devices', label: 'Passkeys', hint: 'People are offered a passkey, and may come back with it.', as: { kind: 'switch' } },
];
