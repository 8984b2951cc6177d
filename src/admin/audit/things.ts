/** Where in the console a thing that entries name is looked at. */

const PATHS: Readonly<Record<string, string>> = {
  account: 'accounts', case: 'cases', journey: 'journeys', key: 'keys', list_entry: 'lists', staff: 'staff', webhook_delivery: 'webhooks/deliveries', webhook_endpoint: 'webhooks', workflow: 'workflows',
};

/** What stands in the place of an id where there was nobody, or nothing. */
const NOBODY: ReadonlySet<string> = new Set(['nobody', 'none', 'unknown']);

/** The path of its page; undefined for what has none. It may be gone by now: entries stay. Pure. */
export function thingHref({ kind, id }: { readonly kind: string; readonly id: string }): string | undefined {
  const path = Object.hasOwn(PATHS, kind) ? PATHS[kind] : undefined;
  return path === undefined || NOBODY.has(id) || !/^[\w.~-]{1,200}$/.test(id) || /^\.+$/.test(id) ? undefined : `/admin/${path}/${id}`;
}
