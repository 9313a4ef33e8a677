/**
 * The contract of the workflows: everything that client, worker, activities and workflows agree on. Pure data and
 * types, importable from workflow code; nothing here may import a library.
 *
 * The words (transfer, step, attempt, renewal, receipt ...) are explained in the glossary of docs/architecture.md.
 */
export * from './activities';
export * from './addressed';
export * from './audit';
export * from './consumer';
export * from './fetch';
export * from './job';
export * from './line-results';
export * from './limits';
export * from './names';
export * from './notice';
export * from './priority';
export * from './publish';
export * from './schedule';
export * from './shapes';
export * from './status';
export * from './steps';
export * from './transfer';
