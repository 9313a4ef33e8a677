/** An administrator of the sandbox's account. Everything here is public on purpose: it guards nothing. */
export interface SandboxUser {
  readonly username: string;
  readonly password: string;
  readonly userId: string;
  readonly userPid: string;
  /** May write site properties. */
  readonly isAdmin: boolean;
}

export const SANDBOX_USERS: readonly SandboxUser[] = [
  {
    username: 'ops',
    password: 'sandbox',
    userId: '501',
    userPid: '5f0c1d7e-0c5b-4c69-9d0a-0a5e1f3b0501',
    isAdmin: true,
  },
  {
    username: 'viewer',
    password: 'sandbox',
    userId: '502',
    userPid: '5f0c1d7e-0c5b-4c69-9d0a-0a5e1f3b0502',
    isAdmin: false,
  },
];

/** The OAuth 1.0 API key of the user `ops`, for logins without a password. LivePerson ended these in spring 2026. */
export const SANDBOX_API_KEY = {
  username: 'ops',
  appKey: 'sandbox-app-key',
  secret: 'sandbox-secret',
  accessToken: 'sandbox-access-token',
  accessTokenSecret: 'sandbox-access-token-secret',
} as const;

/**
 * The OAuth 2.0 client of the user `ops`: the same login call with the client's id as `appKey`, its secret as `secret`,
 * and any text for the two fields of the access token.
 */
export const SANDBOX_OAUTH2_CLIENT = {
  username: 'ops',
  appKey: 'sandbox-client-id',
  secret: 'sandbox-client-secret',
} as const;
