/**
 * How well documents are read, by the reading process that the gateway runs: `npm run bench:documents`. Everything is made
 * on the spot from the specimens; nothing leaves this machine. The whole takes about half an hour on two processors;
 * for a quick look: `-- --people andrew --conditions photo,persp,blur2`. Other photographs: `-- --samples FOLDER`.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { startDocumentReader } from '../../src/documents/client.ts';
import { ENGINES } from '../../src/documents/facts.ts';
import { DEFAULT_READER, type DocumentReader } from '../../src/documents/reader.ts';
import { passport, PEOPLE, photographed } from '../../test/support/specimens/index.ts';
import { benchOptions, type BenchOptions, type Part } from './bench_options.ts';
import { byCondition } from './by_condition.ts';
import { ChildUse } from './child_use.ts';
import { cost } from './cost.ts';
import { faces } from './faces.ts';
import { readPicture } from './read_picture.ts';
import { samples } from './samples.ts';
import { tampered } from './tampered.ts';

const RUNS: Readonly<Record<Part, (reader: DocumentReader, use: ChildUse, options: BenchOptions) => Promise<void>>> = {
  conditions: (reader, use, { people, conditions }) => byCondition(reader, use, people, conditions),
  tampered: (reader, _use, { people }) => tampered(reader, people),
  faces: (reader) => faces(reader),
  cost: (reader, use) => cost(reader, use),
  samples: async (reader, _use, { samples: folder }) => {
    if (folder !== undefined && existsSync(folder)) await samples(reader, folder);
  },
};

const options = benchOptions(process.argv.slice(2));
const began = performance.now();
const reader = startDocumentReader(DEFAULT_READER, {
  info: () => {},
  warn: (fields, message) => console.error(message, JSON.stringify(fields)),
});
try {
  // Waits for the engines; what they cost at first is not counted below.
  await readPicture(reader, await photographed(await passport(PEOPLE.andrew)), { type: 'passport', side: 'front' });
  const engines = reader.engines();
  console.log(`Node ${process.version}, ${availableParallelism()} processors. Engines: ${ENGINES.map((name) => {
    const status = engines[name];
    return `${name} ${status.kind === 'ready' ? status.version : `unavailable (${status.why})`}`;
  }).join(', ')}.`);
  const use = new ChildUse();
  for (const part of options.parts) await RUNS[part](reader, use, options);
} finally {
  await reader.close();
}
console.log(`\nTook ${Math.round((performance.now() - began) / 1000)} s.`);
