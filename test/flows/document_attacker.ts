/** What attackers of the capture share: a reader that can be held up, somebody else's cookie, and forms that no page made. */
import { expect } from 'vitest';
import type { DocumentReader } from '../../src/documents/reader.ts';
import { cardPhoto } from '../documents/support.ts';
import { FakeReader } from '../steps/document_selfie/fakes.ts';
import { multipart, type Answer, type HttpPerson, type PickedFile } from '../support/http_person.ts';
import { journeyOf, setScene, type Scene } from './scene.ts';
import { openReader } from './document_scene.ts';

/** Pictures are taken in by the real process; what they say is as a test wants it. */
class Reader extends FakeReader {
  readonly #real: DocumentReader;
  /** Pictures wait for it before they are taken in. */
  held: Promise<void> | undefined;

  constructor(real: DocumentReader) {
    super();
    this.#real = real;
  }

  override async intake(bytes: Uint8Array): ReturnType<DocumentReader['intake']> {
    this.calls.push('intake');
    await this.held;
    return this.#real.intake(bytes);
  }

  /** Heads are not in these pictures: whoever sends them says where they look. */
  override async poses(jpegs: readonly Uint8Array[]): ReturnType<DocumentReader['poses']> {
    this.calls.push('poses');
    return this.poseAnswers.shift() ?? { kind: 'done', value: jpegs.map(() => ({ faces: 1, yaw: 0, eyeDistance: 90 })) };
  }
}

export const COOKIE = 'gatehouse_capture';

export interface Attacked {
  readonly scene: Scene;
  readonly reader: Reader;
  /** One that is taken. */
  readonly picture: Buffer;
  at(path: string): string;
  /** Put the capture cookie of another on. */
  wear(person: HttpPerson, token: string): void;
  /** A form as the attacker writes it, in the name of a script of the page. */
  post(person: HttpPerson, values: Iterable<readonly [string, string]>, files: readonly (readonly [string, PickedFile])[], headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** The journey is the same before and after. */
  same(desktop: HttpPerson, doing: () => Promise<unknown>): Promise<void>;
  close(): Promise<void>;
}

/** @param now the gateway's clock, where the real one would be in the way */
export async function attacked(now?: () => number): Promise<Attacked> {
  const real = await openReader({}, []);
  const reader = new Reader(real);
  // With the notice accepted, live keys reach the capture too.
  const env = { FACE_NOTICE_ACCEPTED: '2026-11' };
  const scene = await setScene({ template: 'document_only', options: { documents: { types: ['passport', 'driving_licence'] } }, env, replace: { documents: reader, ...(now && { now }) } });
  const at = (path: string): string => `${scene.gateway.origin}${path}`;
  return {
    scene,
    reader,
    picture: await cardPhoto().then((photo) => photo.jpeg({ quality: 90 }).toBuffer()),
    at,
    wear: (person, token) => person.cookies.take([`${COOKIE}=${token}; Path=/`], new URL(at('/capture'))),
    async post(person, values, files, headers = {}) {
      const sent = await multipart(values, files);
      return person.send(at('/capture'), { method: 'POST', body: sent.body, headers: { origin: scene.gateway.origin, accept: 'application/json', ...sent.headers, ...headers } });
    },
    async same(desktop, doing) {
      const before = await journeyOf(scene, desktop);
      await doing();
      expect(await journeyOf(scene, desktop)).toEqual(before);
    },
    async close() {
      await scene.close();
      await real.close();
    },
  };
}

/** The token of a phone that took a capture over. */
export function tokenOf(phone: HttpPerson): string {
  return phone.cookies.all().find(({ name }) => name === COOKIE)?.value ?? '';
}
