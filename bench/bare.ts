/**
 * The other side of the comparison: an `oidc-provider` with nothing around it, its records in this process's memory,
 * its keys and client in its configuration. It signs in whoever comes, then answers the same flow as the gateway.
 *
 * The adapter is a plain map rather than the library's own example, which walks all tokens of a grant at each new
 * one: under a load of returning people that would slow this side down, and flatter the other.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import Provider, { type Adapter, type AdapterPayload } from 'oidc-provider';

/** Codes and tokens kept; the oldest go, so that memory stays level over a long run. */
const KEEPS = 20_000;

const lasting = new Map<string, AdapterPayload>();
const passing = new Map<string, AdapterPayload>();
const uids = new Map<string, string>();

function memory(model: string): Adapter {
  const records = ['AuthorizationCode', 'AccessToken', 'Interaction'].includes(model) ? passing : lasting;
  const key = (id: string): string => `${model}:${id}`;
  return {
    find: (id) => Promise.resolve(records.get(key(id))),
    findByUid: (uid) => Promise.resolve(lasting.get(key(uids.get(uid) ?? ''))),
    findByUserCode: () => Promise.resolve(undefined),
    upsert(id, payload) {
      records.set(key(id), payload);
      if (model === 'Session' && payload.uid !== undefined) uids.set(payload.uid, id);
      if (passing.size > KEEPS) passing.delete(passing.keys().next().value as string);
      return Promise.resolve();
    },
    consume(id) {
      const record = records.get(key(id));
      if (record) record['consumed'] = Math.floor(Date.now() / 1000);
      return Promise.resolve();
    },
    destroy(id) {
      records.delete(key(id));
      return Promise.resolve();
    },
    revokeByGrantId(grantId) {
      for (const [id, record] of records) if (record.grantId === grantId) records.delete(id);
      return Promise.resolve();
    },
  };
}

const { PORT, CLIENT_ID = '', CLIENT_SECRET = '', REDIRECT_URI = '' } = process.env;
const PERSON = {
  given_name: 'Andrew', family_name: 'Roshell', name: 'Andrew Roshell', phone_number: '+14075550123', phone_number_verified: true,
  address: { street_address: '2591 Brunswick Ct', locality: 'Kissimmee', region: 'FL', postal_code: '34743', country: 'US' },
};

const provider = new Provider(`http://localhost:${PORT}`, {
  adapter: memory,
  jwks: { keys: [{ ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
  clients: [{
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
    redirect_uris: [REDIRECT_URI],
    token_endpoint_auth_method: 'client_secret_basic',
    id_token_signed_response_alg: 'RS256',
  }],
  cookies: { keys: [randomBytes(32).toString('base64url')] },
  claims: { openid: ['sub'], profile: ['given_name', 'family_name', 'name'], address: ['address'], phone: ['phone_number', 'phone_number_verified'] },
  findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId, ...PERSON }) }),
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
});

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next();
  const { params } = await provider.interactionDetails(ctx.req, ctx.res);
  const accountId = randomBytes(16).toString('base64url');
  const grant = new provider.Grant({ accountId, clientId: String(params['client_id']) });
  grant.addOIDCScope(String(params['scope']));
  const result = { login: { accountId }, consent: { grantId: await grant.save() } };
  ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result));
});

const server = createServer({ keepAliveTimeout: 30_000 }, provider.callback());
server.listen(Number(PORT), 'localhost');
process.on('SIGTERM', () => process.exit(0));
