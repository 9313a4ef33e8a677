import { writeFileSync } from 'node:fs';

/**
 * Leaves the memory of this process, which holds keys, out of core files. Linux only; elsewhere, and where the system does
 * not let a process say so, nothing changes. A process of Node cannot set RLIMIT_CORE for itself.
 */
export function keepMemoryOutOfCores(): void {
  try {
    writeFileSync('/proc/self/coredump_filter', '0');
  } catch {
    // No Linux, or a kernel without core files.
  }
}
