import { expect, it } from 'vitest';
import { startProcess } from './process.ts';

const STUB = `
require('node:http').createServer((q, s) => s.end('{}')).listen(process.env.PORT, () => console.log('up', process.pid));
process.on('SIGTERM', () => { console.error('bye'); process.exit(7); });
`;
const command = [process.execPath, '-e', STUB];

it('starts, crashes, starts again on the same port and stops with its exit code', async () => {
  const gateway = await startProcess({ command });
  const first = gateway.pid();
  await gateway.kill9();
  await expect(fetch(gateway.origin)).rejects.toThrow();
  await gateway.start();
  expect(gateway.pid()).not.toBe(first);
  expect((await fetch(gateway.origin)).status).toBe(200);
  expect(await gateway.terminate()).toBe(7);
  expect(gateway.stdout().match(/up/g)).toHaveLength(2);
  expect(gateway.stderr()).toContain('bye');
});

it('tells what a process said that ended instead of starting', async () => {
  await expect(startProcess({ command: [process.execPath, '-e', 'console.error("no secret"); process.exit(3)'] }))
    .rejects.toThrow(/did not start \(exit 3\):\nno secret/);
});
