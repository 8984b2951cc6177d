/** The accounts area's desk in PostgreSQL, put together from its parts. */
import type { AccountDesk } from '../../admin/accounts/store.ts';
import type { AccountDeps } from './accounts_common.ts';
import { accountDevices } from './accounts_devices.ts';
import { accountErase } from './accounts_erase.ts';
import { accountExport } from './accounts_export.ts';
import { accountMerge } from './accounts_merge.ts';
import { accountRead } from './accounts_read.ts';
import { legalHolds } from './legal_holds.ts';

export function accountDesk(deps: AccountDeps): AccountDesk {
  return { ...accountRead(deps), ...accountDevices(deps), ...accountMerge(deps), ...accountExport(deps), ...accountErase(deps), ...legalHolds(deps) };
}
