/**
 * The contract of the workflows: everything that client, worker, activities and workflows agree on. Pure data and types,
 * importable from workflow code; nothing here may import a library.
 *
 * Words: a *transfer* is one file's way through all its *steps*; an *attempt* is one try of an activity; a *renewal* asks
 * for a signed URL again and is never a failed attempt; a *receipt* is the result of a transfer.
 */
export * from './activities';
export * from './addressed';
export * from './audit';
export * from './consumer';
export * from './fetch';
export * from './job';
export * from './limits';
export * from './names';
export * from './priority';
export * from './schedule';
export * from './status';
export * from './transfer';
