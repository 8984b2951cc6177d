/** Which secret a client came with: how an operator knows that a rotation is through. */
export type SecretUsed = 'current' | 'previous';

/** Is told of every use of a key, on the hot path: it keeps it in memory and writes it down later. */
export interface KeyUses {
  note(clientId: string, secret: SecretUsed): void;
}
