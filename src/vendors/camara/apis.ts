/**
 * The CAMARA APIs in use: path below the operator's API root (0.x versions carry the minor), and the scope each needs.
 */
export const CAMARA_APIS = {
  kycMatch: { path: '/kyc-match/v0.4/match', scope: 'kyc-match:match' },
  simSwap: { path: '/sim-swap/v2/check', scope: 'sim-swap:check' },
  numberRecycling: { path: '/number-recycling/v0.2/check', scope: 'number-recycling:check' },
  numberVerification: { path: '/number-verification/v2/verify', scope: 'number-verification:verify' },
} as const;

export type CamaraApi = keyof typeof CAMARA_APIS;
