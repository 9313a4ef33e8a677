/** What the client writes beside a workflow at its start, so that a list needs no further call for each row. */
export interface TransferMemo {
  readonly source: string;
  readonly host: string;
  /** Null when the sender could not look. */
  readonly sizeBytes: number | null;
}

/** Tolerant: another tool, or another version, may have started the workflow. */
export function readMemo(fields: Readonly<Record<string, unknown>>): TransferMemo {
  const { source, host, sizeBytes } = fields as { readonly [key in keyof TransferMemo]?: unknown };
  return {
    source: typeof source === 'string' ? source : '',
    host: typeof host === 'string' ? host : '',
    sizeBytes: typeof sizeBytes === 'number' ? sizeBytes : null,
  };
}
