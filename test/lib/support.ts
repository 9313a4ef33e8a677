/** Lets everything run that is ready to run. */
export async function turn(): Promise<void> {
  await new Promise(setImmediate);
}

export interface Gate {
  readonly promise: Promise<void>;
  resolve(): void;
}

/** A promise that the test resolves. */
export function gate(): Gate {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
