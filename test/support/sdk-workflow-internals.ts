/** The same for code that is bundled into a workflow, where the other internals cannot be loaded. */
export { getActivator } from '@temporalio/workflow/lib/global-attributes';
