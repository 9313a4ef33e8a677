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

/** The API key of the user `ops`, for logins without a password. */
export const SANDBOX_API_KEY = {
  username: 'ops',
  appKey: 'sandbox-app-key',
  secret: 'sandbox-secret',
  accessToken: 'sandbox-access-token',
  accessTokenSecret: 'sandbox-access-token-secret',
} as const;
