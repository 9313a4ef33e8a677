/** Files on this host: what they are, whether an account takes them, where they may lie, and their previews. */

export interface FileRules {
  /** Upper-case types that the account takes: JPG, JPEG, PNG, GIF, PDF, DOCX, XLSX, PPTX, TXT. */
  readonly types: readonly string[];
  readonly maxBytes: number;
}

export interface InspectedFile {
  /** Absolute, symbolic links resolved. */
  readonly path: string;
  /** Base name as given by the user (before links were resolved). */
  readonly name: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly inode: number;
  /** By content: JPG, PNG, GIF, PDF, DOCX, XLSX, PPTX, TXT. */
  readonly fileType: string;
  /** E.g. "photo.jpg is a PNG; sent as PNG". */
  readonly notes: readonly string[];
  /** Null without the option `preview`, and for a picture that is not small or has a fault. */
  readonly preview: Preview | null;
}

/** A preview, and the bytes that it shows. */
export interface Preview {
  /** A data URI of at most 30,000 bytes. */
  readonly uri: string;
  /** Digest of the picture's file, in lower-case hex. */
  readonly sha256: string;
}
