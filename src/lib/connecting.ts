/**
 * How Ferry connects to LivePerson and to storage. A host with several addresses is tried one address after the other, and
 * Node gives each but the last only 250 ms. Hazard: to a host that takes longer to answer no connection ever comes about
 * when its last address is dead, for example where IPv6 is configured but not routed.
 */
export const CONNECT_OPTIONS = { autoSelectFamilyAttemptTimeout: 3_000 } as const;
