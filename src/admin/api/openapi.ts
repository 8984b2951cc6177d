/** The description of the admin API (OpenAPI 3.1), made of the table of its doors. */
import { z } from 'zod';
import type { ApiRoute } from './route.ts';

/** The document, as JSON text. Pure. */
export function openApi(routes: readonly ApiRoute[], origin: string): string {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method] = operation(route);
  return JSON.stringify({
    openapi: '3.1.0',
    info: { title: 'Gatehouse admin API', version: '1', description: 'What the console does, for programs. Every change is in the audit log under the token’s name.' },
    servers: [{ url: `${origin}/admin/api/v1` }],
    security: [{ token: [] }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'A token made in the console under API tokens.' } },
      schemas: {
        Problem: {
          type: 'object', required: ['type', 'title', 'status', 'code', 'reference'],
          properties: {
            type: { type: 'string' }, title: { type: 'string' }, status: { type: 'integer' }, code: { type: 'string', description: 'Stable.' },
            reference: { type: 'string', description: 'Finds the line in the log.' },
            errors: { type: 'array', items: { type: 'object', required: ['path', 'message'], properties: { path: { type: 'string' }, message: { type: 'string' } } } },
          },
        },
      },
    },
  });
}

const COMMON: Readonly<Record<number, string>> = {
  401: 'No token, or one that is unknown, revoked or expired.',
  403: 'The token lacks the scope.',
  422: 'The query or body does not have its shape.',
  429: 'Too many requests of this token.',
};

function operation(route: ApiRoute): unknown {
  const problem = { content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } };
  const refusals = { ...COMMON, ...(route.path.includes('{') ? { 404: 'There is none.' } : {}), ...route.refusals };
  const query = route.query ? (z.toJSONSchema(route.query, { io: 'input' }) as { properties?: Record<string, object>; required?: readonly string[] }) : undefined;
  return {
    operationId: `${route.method}${route.path.replaceAll(/[^a-z]+(\w)/gi, (_match, letter: string) => letter.toUpperCase()).replaceAll(/\W/g, '')}`,
    summary: route.summary,
    description: `Scope: \`${route.scope}\`.`,
    tags: [route.tag],
    parameters: [
      ...[...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
      ...Object.entries(query?.properties ?? {}).map(([name, schema]) => ({ name, in: 'query', required: query?.required?.includes(name) ?? false, schema })),
      ...(route.method === 'get' || route.reads ? [] : [{ name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', minLength: 8, maxLength: 200 }, description: 'The same key gets the same answer for a day, and does nothing twice.' }]),
    ],
    ...(route.body ? { requestBody: { required: true, content: { 'application/json': { schema: plain(route.body, 'input') } } } } : {}),
    responses: {
      [route.status ?? 200]: {
        description: 'Done.', content: { [route.streams ?? 'application/json']: { schema: plain(route.answer, 'output') } },
        headers: Object.fromEntries(['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'].map((name) => [name, { schema: { type: 'integer' } }])),
      },
      ...Object.fromEntries(Object.entries(refusals).map(([status, description]) => [status, { description, ...problem }])),
    },
  };
}

function plain(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
