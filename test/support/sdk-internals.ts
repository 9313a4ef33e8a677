/** What the tests use of the Temporal SDK beside its documented interface. */
export { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils';
