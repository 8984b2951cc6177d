import { expect, test } from 'vitest';
import type { Place } from '../../src/journey/store.ts';
import { Personal } from '../../src/personal.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { lastSightings, purgeSightings, SIGHTING_KEPT_MS } from '../../src/store/sightings.ts';
import { describeDatabases, ownDatabase } from '../support/postgres.ts';
import { change, newJourney, NOW, storesOn, type Stores } from './support.ts';

describeDatabases('where people were seen', ({ fresh }) => {
  let opened: OpenedDatabase;
  let stores: Stores;
  ownDatabase(fresh, async (own) => {
    opened = own;
    stores = await storesOn(opened);
  });
  const see = async (subject: string, place: Place, now: number, mode: 'test' | 'live' = 'test'): Promise<void> => {
    const { journey } = await stores.journeys.open(newJourney({ mode }));
    await stores.journeys.record(journey, change(journey, { now, sightings: [{ subject: Personal.of(subject), place }] }));
  };
  const last = (subject: string, mode: 'test' | 'live' = 'test') => lastSightings(opened.db, stores.vault).last(mode, Personal.of(subject));

  test('the last one is found, whole, under its own mode, and whoever it was is hashed', async () => {
    const whole: Place = { country: 'US', latitude: 28.5, longitude: -81.25, radiusKm: 20, network: 'access' };
    await see('planted-one', { country: 'GB' }, NOW);
    await see('planted-one', whole, NOW + 5);
    expect(await last('planted-one')).toEqual({ place: whole, at: NOW + 5 });
    expect(await last('planted-one', 'live')).toBeUndefined();
    expect(await last('another')).toBeUndefined();
    expect(JSON.stringify(await opened.db.selectFrom('sighting').selectAll().execute())).not.toContain('planted');
  });

  test('a detour by a network that hides where people are does not hide where they were', async () => {
    await see('two', { country: 'US' }, NOW);
    for (const network of ['vpn', 'relay', 'hosting'] as const) await see('two', { country: 'NL', network }, NOW + 1);
    expect(await last('two')).toEqual({ place: { country: 'US' }, at: NOW });
  });

  test('old ones go, in bounded batches', async () => {
    await opened.db.deleteFrom('sighting').execute();
    for (let at = 0; at < 5; at += 1) await see('three', { country: 'US' }, NOW + at);
    const later = NOW + SIGHTING_KEPT_MS + 4;
    expect(await purgeSightings(opened.db, later, 3)).toBe(3);
    expect(await purgeSightings(opened.db, later, 3)).toBe(1);
    expect(await purgeSightings(opened.db, later, 3)).toBe(0);
    expect(await last('three')).toMatchObject({ at: NOW + 4 });
  });
});
