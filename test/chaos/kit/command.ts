/** A program of the kit: what it reads from its command line, does, and prints. */
export interface KitCommand<Options, Result> {
  readonly usage: string;
  /** @throws Error with a sentence for people */
  readonly readOptions: (args: readonly string[]) => Options | 'help';
  readonly run: (options: Options, progress: (line: string) => void) => Promise<Result>;
  readonly report: (result: Result) => string;
}

/** Resolves with the exit code: 0 when nothing was found, 1 when something was, 2 for wrong options. */
export async function runCommand<Options, Result extends { readonly findings: readonly unknown[] }>(
  { usage, readOptions, run, report }: KitCommand<Options, Result>,
  args: readonly string[],
): Promise<number> {
  let options: Options | 'help';
  try {
    options = readOptions(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  if (options === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  const result = await run(options, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(`\n${report(result)}`);
  return result.findings.length === 0 ? 0 : 1;
}
