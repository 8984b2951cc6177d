/** Levels that establish a person, by what they are or hold besides this browser; being recognised is not among them. */
const ESTABLISHING: ReadonlySet<string> = new Set([
  'urn:gatehouse:acr:document',
  'urn:gatehouse:acr:reviewed',
  'urn:gatehouse:acr:phone',
  'urn:gatehouse:acr:match',
  'urn:gatehouse:acr:kba',
]);

export interface BindingRule {
  /** Keys shown in the journey become trusted devices. */
  readonly trustKeys: boolean;
  /** Trust that is there already begins anew, and dead trust lives again; otherwise only its use is noted. */
  readonly renew: boolean;
}

/**
 * What an approval does to devices. Trust begins with something proven anew, never with another device's trust or with a
 * passkey alone; and it ends when it said it would, unless the person was verified as a stranger would be. Pure.
 *
 * @param acr what the journey reached
 * @param returned whether the person was recognised rather than verified
 */
export function bindingRule({ acr, returned }: { readonly acr: string; readonly returned: boolean }): BindingRule {
  const established = ESTABLISHING.has(acr);
  return { trustKeys: established, renew: established && !returned };
}
