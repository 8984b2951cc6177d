/**
 * `npm run keys` shows the signing keys; `npm run keys -- rotate` promotes the next one, and running gateways notice within
 * half a minute, without a restart; `npm run keys -- rewrap` wraps all data keys by the first master key. On the embedded database stop the gateway first: it can be open only once.
 */
import { keysCommand } from '../oidc/keys.ts';
import { signingKeyStore } from '../store/signing_keys.ts';
import { onDatabase } from './opened.ts';

await onDatabase(async ({ db, vault }) => keysCommand(process.argv[2] ?? 'list', signingKeyStore(db), await vault()));
