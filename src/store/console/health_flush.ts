/** Carries what a process counted of its vendors to the database, every some seconds and once more at the end. */
import type { VendorHealth } from '../../admin/vendors/store.ts';
import type { VendorTally } from '../../vendors/tally.ts';

export interface HealthFlush {
  readonly meter: { drain(): readonly VendorTally[]; putBack(tallies: readonly VendorTally[]): void };
  readonly health: Pick<VendorHealth, 'add'>;
  readonly logger: { warn(fields: object, message: string): void };
  readonly everyMs?: number;
}

/** Begin; what could not be written is kept and tried again. Nothing is written where no vendor was asked. */
export function keepHealth({ meter, health, logger, everyMs = 15_000 }: HealthFlush): { stop(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    const drained = meter.drain();
    try {
      await health.add(drained);
    } catch (thrown) {
      meter.putBack(drained);
      logger.warn({ event: 'vendor_health_failed', error: thrown instanceof Error ? thrown.name : 'unknown' }, 'what vendors answered could not be written; it is tried again');
    }
  };
  const timer = setInterval(() => {
    running = running.then(flush);
  }, everyMs);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      running = running.then(flush);
      await running;
    },
  };
}
