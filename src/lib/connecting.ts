/**
 * How Ferry connects to LivePerson and to storage. Node tries the addresses of a host one after the other, and gives each
 * but the last only 250 ms. Hazard: a host that takes longer to answer is then never reached when its last address is
 * dead, for example where IPv6 is configured but not routed.
 */
export const CONNECT_OPTIONS = { autoSelectFamilyAttemptTimeout: 3_000 } as const;
