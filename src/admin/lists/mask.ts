import type { ListKind } from '../../journey/rules/lists.ts';

/** As much of a personal value as it takes to recognise it: a phone's last two figures, a mailbox's first letter. Pure. */
export function maskValue(kind: ListKind, value: string): string {
  if (kind === 'phone') return `${value.slice(0, 2)}••••••${value.slice(-2)}`;
  const at = value.lastIndexOf('@');
  // A whole domain is nobody's.
  return at === 0 ? value : `${value.slice(0, 1)}•••@${value.slice(at + 1)}`;
}
