/** What one worker may ask of an account's services at once: gates, rates and the time of a lease. Knows no Temporal. */
export { AccountLimits, type LimitEvents } from './account-limits';
