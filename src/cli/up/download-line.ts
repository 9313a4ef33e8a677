import type { FetchProgress } from '../../engine/find-or-fetch';
import { formatBytes, formatPair } from '../../lib/bytes';
import { isTerminal, type Io } from '../shared/io';
import type { Output } from '../shared/output/output';
import { createScreen } from '../shared/output/screen';

const BAR_WIDTH = 24;
const LOG_EVERY_MS = 10_000;

export interface DownloadLine {
  progress(this: void, progress: FetchProgress): void;
  close(this: void): void;
}

/** A progress bar for the download of the Temporal server; without a terminal, a line every 10 s. */
export function createDownloadLine(io: Io, output: Output): DownloadLine {
  if (!isTerminal(io.stderr, io.env)) return createDownloadLog(io, output);
  const screen = createScreen(io.stderr);
  output.setOverlay(screen);
  return {
    progress: (progress) => screen.draw([progressText(progress)]),
    close() {
      output.setOverlay(null);
      screen.close();
    },
  };
}

function createDownloadLog(io: Io, output: Output): DownloadLine {
  let saidAtMs = io.now();
  return {
    progress(progress) {
      if (io.now() - saidAtMs < LOG_EVERY_MS) return;
      saidAtMs = io.now();
      output.note(progressText(progress));
    },
    close() {},
  };
}

function progressText({ bytes, totalBytes }: FetchProgress): string {
  if (totalBytes === null || totalBytes <= 0) return `Temporal CLI  ${formatBytes(bytes)}`;
  const share = Math.min(1, bytes / totalBytes);
  const full = Math.round(share * BAR_WIDTH);
  const bar = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
  return `Temporal CLI  ${Math.floor(share * 100)}% ${bar} ${formatPair(Math.min(bytes, totalBytes), totalBytes)}`;
}
