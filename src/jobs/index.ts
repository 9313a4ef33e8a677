export { openJournals, type Journal, type Journals } from './journal';
