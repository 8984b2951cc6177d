/** The filter of the log offers what the log holds, and entries lead to what they are about. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AUDIT_ACTIONS } from '../../../src/admin/audit/actions.ts';
import { thingHref } from '../../../src/admin/audit/things.ts';
import { ACTIONS } from '../../../src/admin/permissions.ts';
import { ROOT } from '../../support/process.ts';

const sources = ['src/admin', 'src/store/console'].flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('audit/actions.ts')).map((file) => readFileSync(join(ROOT, folder, file), 'utf8')));

describe('what entries are called', () => {
  test('each name that is written is offered', () => {
    const written = sources.flatMap((text) => [...text.matchAll(/(?:\baction: (?:[^,'\n]*(?:'\w+'[^,'\n]*)?\? )?|\bfact\()'([a-z_]+\.[a-z_]+)'(?: : '([a-z_]+\.[a-z_]+)')?/g)].flatMap(([, one, other]) => [one, other]))
      .filter((name) => name !== undefined && !(ACTIONS as readonly string[]).includes(name));
    expect(written.length).toBeGreaterThan(40);
    expect(written.filter((name) => !(AUDIT_ACTIONS as readonly (string | undefined)[]).includes(name))).toEqual([]);
  });
  test('nothing is offered that nothing writes', () => {
    const all = sources.join('\n');
    // Those of cases, and some of the staff, are put together from two words.
    expect(AUDIT_ACTIONS.filter((name) => !all.includes(`'${name}'`) && !all.includes(`'${name.split('.')[1] ?? ''}'`))).toEqual([]);
    expect(new Set(AUDIT_ACTIONS).size).toBe(AUDIT_ACTIONS.length);
  });
});

describe('where entries lead', () => {
  test.each([
    ['journey', '4a0c3f1e', '/admin/journeys/4a0c3f1e'], ['webhook_endpoint', 'ep_1', '/admin/webhooks/ep_1'], ['webhook_delivery', 'd1', '/admin/webhooks/deliveries/d1'],
    ['staff', 's1', '/admin/staff/s1'], ['staff', 'unknown', undefined], ['list_entry', 'none', undefined], ['door', 'post /staff/:id', undefined],
    ['journey', '../staff', undefined], ['journey', '..', undefined], ['key', 'a?b=c', undefined], ['__proto__', 'x', undefined], ['constructor', 'x', undefined],
  ])('%s %s', (kind, id, href) => expect(thingHref({ kind, id })).toBe(href));
});
