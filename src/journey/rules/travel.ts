/**
 * Whether somebody can have come from where they were last seen to where they are now. Addresses are located roughly, so
 * both radii are taken off the distance, and a network that stands for no place is not compared at all.
 */
import type { Place } from '../store.ts';
import { areNeighbours } from './neighbours.ts';

/** No airliner is faster, door to door. Kilometres per hour. */
export const FASTEST_KMH = 900;
/** Below it nobody needs an aeroplane, and the data is not good enough to say more. Kilometres. */
export const NEAREST_KM = 300;
/** With nothing but countries known, a change counts within this time, milliseconds. */
const COUNTRY_WINDOW_MS = 60 * 60 * 1000;
/** Radius of the earth that the haversine formula is right with on average, kilometres. */
const EARTH_KM = 6371;
/** These say where a network is, not where its user is. */
const NOWHERE: readonly Place['network'][] = ['hosting', 'vpn', 'relay', 'mobile'];

export interface SeenPlace {
  readonly place: Place;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** `sure` where both networks are known to be people's own: any other may stand far from whoever uses it. */
export type TravelFinding =
  | { readonly kind: 'first' }
  | { readonly kind: 'not_compared'; readonly why: 'network' | 'unlocated' }
  | { readonly kind: 'possible' }
  /** `km` are those certain; `kmh` is capped at a million, for two sightings in one moment. */
  | { readonly kind: 'impossible'; readonly km: number; readonly kmh: number; readonly sure: boolean }
  /** Only countries are known, and they changed within the hour. */
  | { readonly kind: 'country_changed'; readonly minutes: number; readonly sure: boolean };

/** Judge the way between two sightings. Which came first does not matter. */
export function judgeTravel(last: SeenPlace | undefined, now: SeenPlace): TravelFinding {
  if (!last) return { kind: 'first' };
  if (NOWHERE.includes(last.place.network) || NOWHERE.includes(now.place.network)) return { kind: 'not_compared', why: 'network' };
  const elapsedMs = Math.abs(now.at - last.at);
  const sure = last.place.network === 'access' && now.place.network === 'access';
  const distance = distanceKm(last.place, now.place);
  if (distance !== undefined) {
    const km = distance - (last.place.radiusKm ?? 0) - (now.place.radiusKm ?? 0);
    const kmh = Math.min(1e6, km / (elapsedMs / 3_600_000));
    return km > NEAREST_KM && kmh > FASTEST_KMH ? { kind: 'impossible', km: Math.round(km), kmh: Math.round(kmh), sure } : { kind: 'possible' };
  }
  const [from, to] = [last.place.country, now.place.country];
  if (from === undefined || to === undefined) return { kind: 'not_compared', why: 'unlocated' };
  if (from === to || elapsedMs > COUNTRY_WINDOW_MS || areNeighbours(from, to)) return { kind: 'possible' };
  return { kind: 'country_changed', minutes: Math.round(elapsedMs / 60_000), sure };
}

/** Great-circle distance in kilometres; undefined where either has no point. */
export function distanceKm(a: Place, b: Place): number | undefined {
  if (a.latitude === undefined || a.longitude === undefined || b.latitude === undefined || b.longitude === undefined) return undefined;
  const rad = (degrees: number): number => (degrees * Math.PI) / 180;
  const [dLat, dLon] = [rad(b.latitude - a.latitude), rad(b.longitude - a.longitude)];
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(rad(a.latitude)) * Math.cos(rad(b.latitude)) * Math.sin(dLon / 2) ** 2;
  // Rounding may lift it above one for opposite points.
  return 2 * EARTH_KM * Math.asin(Math.sqrt(Math.min(1, h)));
}
