/** Takes out of a history what says where it was recorded and plays no part in a replay. */
export function withoutThisMachine(json: string): string {
  const neutral = (key: string, value: unknown): unknown => {
    if (key === 'identity') return 'recorded';
    if (key === 'stackTrace') return undefined;
    if (isStickyQueue(value)) return { ...value, name: 'sticky' };
    return value;
  };
  return JSON.stringify(JSON.parse(json), neutral, 2);
}

function isStickyQueue(value: unknown): value is { readonly name: string } {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'TASK_QUEUE_KIND_STICKY';
}
