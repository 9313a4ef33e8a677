/** The limits of one worker for an account's services: gates, rates and the time of a lease. Does not use Temporal. */
export { AccountLimits, type LimitEvents } from './account-limits';
