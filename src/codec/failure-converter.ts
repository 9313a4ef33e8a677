import { DefaultFailureConverter } from '@temporalio/common';

/** Moves messages and stack traces of failures into a payload, which the codec seals. The SDK requires this name. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
