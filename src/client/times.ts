import { google } from '@temporalio/proto';

/** Temporal's times and spans, as milliseconds. */
export interface ProtoTime {
  readonly seconds?: { toNumber(): number } | null;
  readonly nanos?: number | null;
}

export function msOf(time: ProtoTime | null | undefined): number | null {
  if (time === null || time === undefined) return null;
  return (time.seconds?.toNumber() ?? 0) * 1000 + Math.floor((time.nanos ?? 0) / 1e6);
}

export function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** @param ms whole or with fraction, not negative */
export function spanOf(ms: number): google.protobuf.IDuration {
  return google.protobuf.Duration.fromObject({
    seconds: Math.floor(ms / 1000),
    nanos: Math.round((ms % 1000) * 1e6),
  });
}
