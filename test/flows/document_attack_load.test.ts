/** People who attack the capture with too much, and with texts that mean something to who reads them. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually, pause } from '../support/ports.ts';
import { attacked, COOKIE, tokenOf, type Attacked } from './document_attacker.ts';
import { atSide, sendByScript, sendPicture } from './document_scene.ts';
import { timeline, type Scene } from './scene.ts';

let world: Attacked;
let scene: Scene;
let reader: Attacked['reader'];
let picture: Buffer;
let at: Attacked['at'];
let post: Attacked['post'];
let same: Attacked['same'];
beforeAll(async () => {
  world = await attacked();
  ({ scene, reader, picture, at, post, same } = world);
});
beforeEach(() => {
  reader.calls.length = 0;
  reader.poseAnswers.length = 0;
});
afterAll(() => world.close());

describe('too much', () => {
  it('twelve mebibytes of noise are refused in words, cost no try, and stand nowhere', async () => {
    const { person: desktop, phone } = await atSide(scene);
    await same(desktop, async () => {
      const noise = randomBytes(12 * 1024 * 1024);
      const jpeg = Buffer.from(noise);
      picture.copy(jpeg, 0, 0, 2000);
      for (const bytes of [noise, jpeg, noise.subarray(0, 1), Buffer.alloc(12 * 1024 * 1024)]) {
        const started = Date.now();
        const answer = await sendByScript(phone, {}, [['picture', { bytes }]]);
        expect(answer.status).toBe(422);
        expect(JSON.parse(answer.body)).toMatchObject({ problem: expect.stringMatching(/^image_(format|damaged|too_many_bytes|empty|too_small)$/) });
        expect(Date.now() - started).toBeLessThan(90_000);
      }
    });
  });

  it('twenty large uploads at once: some are asked to come again, none is lost, and each counts once', async () => {
    const people = await Promise.all(Array.from({ length: 10 }, () => atSide(scene)));
    // A picture with a long tail: what is held is what was sent.
    const large = Buffer.concat([picture, Buffer.alloc(6 * 1024 * 1024)]);
    let release = (): void => undefined;
    reader.held = new Promise((resolve) => { release = resolve; });
    let turnedAway = 0;
    const sent = people.flatMap(({ phone }) => [0, 1].map(async () => {
      // Whoever is turned away in the middle of sending may find the connection closed before the answer.
      const answer = await post(phone, phone.encoded(), [['picture', { bytes: large }]]).catch(() => undefined);
      if (answer === undefined || answer.status === 503) turnedAway += 1;
      return answer;
    }));
    await eventually('all to be held or turned away', () => reader.calls.length + turnedAway === 20, 120_000);
    const held = reader.calls.length;
    release();
    reader.held = undefined;
    const answers = await Promise.all(sent);
    expect(held).toBeGreaterThan(0);
    expect(held * large.length).toBeLessThanOrEqual(64 * 1024 * 1024);
    const statuses = answers.map((answer) => answer?.status ?? 503);
    expect(statuses.filter((status) => status === 503)).toHaveLength(20 - held);
    expect(statuses.filter((status) => ![200, 422, 503].includes(status))).toEqual([]);
    for (const answer of answers) if (answer?.status === 503) expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    for (const { person: desktop, phone } of people) {
      await phone.open(at('/capture'));
      if (phone.page === 'capture_side') await sendPicture(phone, picture);
      expect(phone.page).toBe('capture_selfie');
      expect((await timeline(scene, desktop)).filter((line) => line.startsWith('block documentCapture'))).toEqual(['block documentCapture success']);
    }
  });

  it('uploads that drip keep others\' places free, and give their own back when they break off', async () => {
    const { person: desktop, phone } = await atSide(scene);
    const other = await atSide(scene);
    const dripping: Socket[] = [];
    const drip = (): (() => string) => {
      const { hostname, port } = new URL(scene.gateway.origin);
      const socket = connect(Number(port), hostname);
      dripping.push(socket);
      let heard = '';
      socket.on('data', (chunk: Buffer) => { heard += chunk.toString('latin1'); });
      socket.on('error', () => undefined);
      socket.write(`POST /capture HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncookie: ${COOKIE}=${tokenOf(phone)}\r\norigin: ${scene.gateway.origin}\r\naccept: application/json\r\n`
        + 'content-type: multipart/form-data; boundary=x\r\ncontent-length: 100000\r\n\r\n--x\r\ncontent-disposition: form-data; name="csrf"\r\n\r\na');
      return () => heard;
    };
    await same(desktop, async () => {
      const held = [drip(), drip()];
      await pause(1_000);
      expect(held.map((heard) => heard())).toEqual(['', '']);
      // The third of one sender is turned away at once; somebody else is served.
      const third = drip();
      await eventually('the third to be turned away', () => third().includes('503'));
      await sendPicture(other.phone, picture);
      expect(other.phone.page).toBe('capture_selfie');
      for (const socket of dripping) socket.destroy();
    });
    await eventually('the places to be free again', async () => {
      // Turned away, it is a page without the form.
      if (phone.page !== 'capture_side') await phone.open(at('/capture'));
      if (phone.page === 'capture_side') await sendPicture(phone, picture);
      return phone.page === 'capture_selfie';
    });
  });
});

describe('an outcome file', () => {
  const bomb = (): string => `sandbox: 1\n${Array.from({ length: 12 }, (_, n) => `a${n}: &a${n} [${n === 0 ? 'x' : Array.from({ length: 9 }, () => `*a${n - 1}`).join(',')}]`).join('\n')}\n`;

  it.each([
    ['aliases that multiply', bomb()],
    ['one alias', 'sandbox: 1\ndocument: { family_name: &a X, given_name: *a }\n'],
    ['a merge key', 'sandbox: 1\ndocument:\n  <<: { number: X1234567 }\n'],
    ['the prototype', 'sandbox: 1\n__proto__: { answer: busy }\n'],
    ['the prototype further down', 'sandbox: 1\nfindings: { __proto__: pass, selfie_matches: pass }\n'],
    ['a constructor', 'sandbox: 1\nfindings: { constructor: pass }\n'],
    ['names of the prototype', 'sandbox: 1\ndocument: { toString: x, hasOwnProperty: y }\n'],
    ['a tag that makes things', 'sandbox: !!js/function "function () { return 1 }"\n'],
    ['a tag of one\'s own', 'sandbox: 1\ndocument: !person { number: X1234567 }\n'],
    ['a key twice', 'sandbox: 1\nsandbox: 1\n'],
    ['two documents', 'sandbox: 1\n---\nsandbox: 1\n'],
    ['depth', `sandbox: 1\ndocument: ${'['.repeat(7000)}${']'.repeat(7000)}\n`],
    ['depth by maps', `sandbox: 1\ndocument: ${'{a: '.repeat(3000)}1${'}'.repeat(3000)}\n`],
    ['length', `sandbox: 1\n# ${'x'.repeat(17 * 1024)}\n`],
    ['a number for a word', 'sandbox: 1\ndocument: { family_name: .inf }\n'],
    ['waiting for ever', 'sandbox: 1\ndelay_seconds: 100000\n'],
    ['waiting backwards', 'sandbox: 1\ndelay_seconds: -1\n'],
    ['a directive', '%YAML 1.1\n---\nsandbox: yes\n'],
    ['no UTF-8', Buffer.from([...Buffer.from('sandbox: 1\n'), 0xc3, 0x28])],
    ['nothing', ''],
  ] as const)('with %s is refused at once, and nothing of it is believed', async (_what, text) => {
    const { person: desktop, phone } = await atSide(scene);
    await same(desktop, async () => {
      const started = Date.now();
      const answer = await sendByScript(phone, {}, [['picture', { bytes: text, type: 'application/yaml', name: 'o.yaml' }]]);
      expect([answer.status, JSON.parse(answer.body)]).toMatchObject([422, { problem: 'yaml_refused' }]);
      expect(Date.now() - started).toBeLessThan(30_000);
    });
    expect(({} as Record<string, unknown>)['answer']).toBeUndefined();
    expect(reader.calls).toEqual([]);
  });
});
