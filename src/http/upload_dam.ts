import type { IncomingMessage } from 'node:http';
import { GatehouseError } from '../errors.ts';
import { readMultipart, UPLOAD_TIMES, type Upload, type UploadLimits, type UploadTimes } from './multipart.ts';

/**
 * Keeps the files that this process holds in memory at one time within bounds. What counts is what is held: bytes, as they
 * come. Connections, which cost next to nothing until they send, are limited far above that, so that many that trickle
 * stand in nobody's way.
 */
export interface UploadDam {
  /**
   * Read a form with files and use it; its bytes and its place are given back when `use` is done with it, however that ends.
   *
   * @param holder who sends, so that one sender cannot take every place
   * @throws GatehouseError `too_busy` 503, with `Retry-After`; and whatever {@link readMultipart} throws
   */
  take<T>(ctx: UploadContext, holder: string, limits: UploadLimits, use: (upload: Upload) => Promise<T>): Promise<T>;
}

export interface UploadContext {
  readonly req: IncomingMessage;
  readonly state: Record<string, unknown>;
  set(name: string, value: string): void;
}

export interface UploadDamOptions {
  /** Reads where a sender comes from: the client's address, or the net that one customer holds. */
  readonly address: (ctx: { readonly state: Record<string, unknown> }) => string;
  /** Bytes held at one time, of everybody together. */
  readonly mostBytes?: number;
  /** Of one address: many phones may stand behind one, and none of them behind another. */
  readonly mostBytesPerAddress?: number;
  /** Uploads under way at one time. */
  readonly most?: number;
  readonly mostPerAddress?: number;
  /** Of one sender: one that hangs in a dead connection, and its repetition. */
  readonly mostPerHolder?: number;
  readonly times?: UploadTimes;
}

const MEBIBYTE = 1024 * 1024;
/** Seconds after which a sender may try again: about what reading one document takes. */
const RETRY_SECONDS = 3;

export function uploadDam({
  address, mostBytes = 160 * MEBIBYTE, mostBytesPerAddress = 64 * MEBIBYTE, most = 400, mostPerAddress = 60, mostPerHolder = 2, times = UPLOAD_TIMES,
}: UploadDamOptions): UploadDam {
  const uploads = new Held();
  const bytes = new Held();
  return {
    async take(ctx, holder, limits, use) {
      // Two names for one count each: a holder and an address may read alike.
      const [sender, from] = [`holder ${holder}`, `address ${address(ctx)}`];
      const busy = (): GatehouseError => {
        ctx.set('Retry-After', String(RETRY_SECONDS));
        return new GatehouseError('too_busy', 503, 'as many files are in memory as may be', { visitor: 'unavailable' });
      };
      const room = (more: number): boolean => bytes.all + more <= mostBytes && bytes.of(from) + more <= mostBytesPerAddress;
      // What a sender announces is not held for them, but one who cannot be taken whole is better told before they send.
      const announced = Math.min(limits.totalBytes, Number(ctx.req.headers['content-length'] ?? 0) || 0);
      if (uploads.all >= most || uploads.of(from) >= mostPerAddress || uploads.of(sender) >= mostPerHolder || !room(announced)) throw busy();
      uploads.add(1, sender, from);
      let own = 0;
      const charge = (more: number): void => {
        if (!room(more)) throw busy();
        own += more;
        bytes.add(more, from);
      };
      try {
        return await use(await readMultipart(ctx.req, limits, times, charge));
      } finally {
        uploads.add(-1, sender, from);
        bytes.add(-own, from);
      }
    },
  };
}

/** How much of something is held, by everybody and by name; a name that holds nothing is forgotten. */
class Held {
  all = 0;
  readonly #byName = new Map<string, number>();

  of(name: string): number {
    return this.#byName.get(name) ?? 0;
  }

  add(more: number, ...names: readonly string[]): void {
    this.all += more;
    for (const name of names) {
      const now = this.of(name) + more;
      if (now === 0) this.#byName.delete(name);
      else this.#byName.set(name, now);
    }
  }
}
