/**
 * `npm run journey -- <transaction id>` says why a journey came out as it did: the decision, each step, each risk decision,
 * the devices, the timeline. Personal data is never read for it.
 */
import { GatehouseError } from '../errors.ts';
import { journeyReport } from '../store/journey_report.ts';
import { journeyLines } from './journey_lines.ts';
import { onDatabase } from './opened.ts';

await onDatabase(async ({ db }) => {
  const id = process.argv[2];
  if (id === undefined) throw new GatehouseError('usage', 400, 'usage: journey <transaction id>');
  const report = await journeyReport(db, id);
  if (!report) throw new GatehouseError('journey_unknown', 404, 'there is no such journey, or none any more');
  return journeyLines(report);
});
