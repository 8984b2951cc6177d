import type { Signal } from '../../journey/rules/signal.ts';
import type { TravelFinding } from '../../journey/rules/travel.ts';

/** The way since the last sighting; undefined finding: nobody is named whose way could be judged. */
export function travelSignal(found: TravelFinding | undefined): Signal {
  const base = { id: 'travel', version: 1, details: {}, source: 'store' } as const;
  switch (found?.kind) {
    case undefined:
      return { ...base, status: 'unknown', severity: 'none', code: 'travel_nobody_named' };
    case 'first':
      return { ...base, status: 'unknown', severity: 'none', code: 'travel_first_sighting' };
    case 'not_compared':
      return { ...base, status: 'unknown', severity: 'none', code: 'travel_not_compared', details: { why: found.why } };
    case 'possible':
      return { ...base, status: 'ok', severity: 'none', code: 'travel_possible' };
    case 'impossible':
      return {
        ...base, status: 'ok', severity: found.sure ? 'high' : 'low', details: { km: found.km, kmh: found.kmh },
        code: found.sure ? 'impossible_travel' : 'impossible_travel_perhaps',
      };
    case 'country_changed':
      return {
        ...base, status: 'ok', severity: found.sure ? 'medium' : 'low', details: { minutes: found.minutes },
        code: found.sure ? 'country_changed' : 'country_changed_perhaps',
      };
  }
}
