import type { EngineStatus } from '../../documents/facts.ts';
import type { PartSeen } from './store.ts';

/** What the gateway has beside vendors and feeds, in words. Of an object store its host alone is told. Pure. */
export function partsSeen({ engines, imageStore, sender }: {
  readonly engines: Readonly<Record<string, EngineStatus>>;
  readonly imageStore: { readonly endpoint: string; readonly bucket: string } | undefined;
  readonly sender: string;
}): readonly PartSeen[] {
  return [
    ...Object.entries(engines).map(([name, status]): PartSeen => status.kind === 'ready'
      ? { name: `Document engine: ${name}`, state: 'ready', note: status.version }
      : { name: `Document engine: ${name}`, state: status.why === 'not_enabled' ? 'not_configured' : 'unavailable', note: status.why.replaceAll('_', ' ') }),
    imageStore
      ? { name: 'Object store for pictures', state: 'ready', note: `configured: bucket ${imageStore.bucket} at ${URL.parse(imageStore.endpoint)?.host ?? 'an unreadable address'}; asked only where a picture is kept` }
      : { name: 'Object store for pictures', state: 'not_configured', note: 'pictures are kept sealed in the database' },
    sender === 'outbox'
      ? { name: 'Text messages', state: 'not_configured', note: 'test keys write to the outbox page; live keys can send nothing' }
      : { name: 'Text messages', state: 'ready', note: `sent by ${sender}; test keys reach only the numbers named for them` },
  ];
}
