import { writeFileSync } from 'node:fs';

/**
 * Keeps the memory of this process, which holds keys, out of core files. Works on Linux only, and only if the system
 * allows it. Node cannot set RLIMIT_CORE for itself.
 */
export function keepMemoryOutOfCores(): void {
  try {
    writeFileSync('/proc/self/coredump_filter', '0');
  } catch {
    // No Linux, or a kernel without core files.
  }
}
