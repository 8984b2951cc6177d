/**
 * What vendor tests share: questions, a tiny HTTP service that answers as told, an outbox in memory.
 */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MATCH_ATTRIBUTES, workflowOptions } from '../../src/journey/workflow.ts';
import type { MatchAttribute } from '../../src/journey/workflow.ts';
import { Personal } from '../../src/personal.ts';
import { clientAssertion } from '../../src/vendors/camara/token.ts';
import type { OutboxEntry, OutboxMessage, OutboxStore } from '../../src/vendors/outbox/store.ts';
import type { MatchAnswer, MatchQuery, TextMessage, VendorAnswer } from '../../src/vendors/ports.ts';
import { PERSONAS } from '../../src/vendors/sandbox/personas.ts';
import { tokenEndpoint } from '../../src/vendors/sandbox/start.ts';
import type { Sandbox } from '../../src/vendors/sandbox/start.ts';
import { freePort } from '../support/ports.ts';

/** An ordinary number: nothing is special about it. */
export const ORDINARY = '+14075550123';

export type Attributes = Partial<Record<MatchAttribute, string>>;

/** Everything a persona would type, all attributes. */
export function typedBy(givenName: string): Required<Attributes> {
  const persona = PERSONAS.find((one) => one.givenName === givenName);
  if (persona === undefined) throw new Error('no such persona');
  return {
    givenName: persona.givenName,
    familyName: persona.familyName,
    street: `${persona.streetNumber} ${persona.streetName}`,
    city: persona.city,
    region: persona.region[0],
    postalCode: persona.postalCode,
    country: persona.country,
    birthDate: persona.birthDate,
  };
}

/** A question as the default policy asks it (names, street, postal code), for Andrew unless told otherwise. */
export function asked(phone: string, change: Attributes = {}): Personal<MatchQuery> {
  const { givenName, familyName, street, postalCode } = typedBy('Andrew');
  return Personal.of({ phone, attributes: { givenName, familyName, street, postalCode, ...change } });
}

/** The default policy's reading of an answer: thresholds, must-match, k-of-n. */
export function passesDefaultPolicy(answer: VendorAnswer<MatchAnswer>): boolean {
  if (answer.kind !== 'answer') return false;
  const { thresholds, mustMatch, atLeast } = workflowOptions.parse({}).match;
  const matching = MATCH_ATTRIBUTES.filter((attribute) => {
    const score = answer.value.attributes[attribute]?.score ?? -1;
    return score >= (thresholds[attribute] ?? Infinity);
  });
  return matching.length >= atLeast && mustMatch.every((attribute) => matching.includes(attribute));
}

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface FakeService {
  readonly origin: string;
  readonly received: Received[];
  close(): Promise<void>;
}

/** A service that answers by a function; keeps what it was sent. */
export async function fakeService(
  answer: (request: Received, response: ServerResponse, count: number) => void,
): Promise<FakeService> {
  const received: Received[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      received.push(one);
      answer(one, response, received.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A two-legged token of the simulated operator, by a signed assertion. */
export async function twoLeggedToken(sandbox: Sandbox, scope: string): Promise<string> {
  const endpoint = tokenEndpoint(sandbox.origin);
  const access = { name: 'test', apiRoot: sandbox.origin, tokenEndpoint: endpoint, audience: endpoint, timeoutMs: 10_000 };
  const purpose = 'dpv:FraudPreventionAndDetection';
  const config = { ...access, clientId: sandbox.clientId, key: sandbox.clientKey, purpose };
  const response = await fetch(endpoint, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await clientAssertion(config, Date.now()),
      scope: `${purpose} ${scope}`,
    }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}

/** Answer with JSON. */
export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** A port on loopback where nothing listens. */
export async function deadOrigin(): Promise<string> {
  return `http://127.0.0.1:${await freePort()}`;
}

export function textMessage(to: string, change: Partial<TextMessage> = {}): TextMessage {
  return {
    id: 'msg-1',
    to: Personal.of(to),
    body: Personal.of('Harbour Credit: confirm at https://id.example/l/AAAABBBBCCCCDDDDEEEEFF'),
    link: Personal.of('https://id.example/l/AAAABBBBCCCCDDDDEEEEFF'),
    validitySeconds: 600,
    ...change,
  };
}

/** An outbox in memory, with the database's promise: one entry per id. */
export function memoryOutbox(): OutboxStore {
  const kept = new Map<string, OutboxMessage>();
  return {
    async add(message) {
      if (!kept.has(message.id)) kept.set(message.id, message);
    },
    async list(limit): Promise<readonly OutboxEntry[]> {
      return [...kept.values()].toSorted((a, b) => b.sentAt - a.sentAt).slice(0, limit);
    },
  };
}
