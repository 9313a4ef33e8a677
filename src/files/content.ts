import { isImageType } from './kinds';

/** The kind of a file's content. */
export interface Content {
  /** One of the types that Ferry knows; null for anything else. */
  readonly type: string | null;
  /** For people: "PNG", "ZIP", "HTML"; null when unknown. */
  readonly label: string | null;
  /** True for every picture, also of kinds that LivePerson does not take (WEBP, TIFF ...). */
  readonly picture: boolean;
  /** Ends the sentence "FILE is ..." where the label alone is too short. */
  readonly description?: string;
  /** What a person can do with such a file, as a sentence. */
  readonly help?: string;
  /** Types in which a program can save such a file, the best type first. */
  readonly convertTo?: readonly string[];
  /**
   * The type that the remedy proposes for `--as`, if the account takes it. Replaces the type from the file's ending.
   */
  readonly sendableAs?: string;
  /** Ends the sentence "FILE ...", a note about a file that is sent anyway. */
  readonly note?: string;
}

/** A content of one of the types that Ferry knows. */
export function known(type: string, note?: string): Content {
  return { type, label: type, picture: isImageType(type), ...(note === undefined ? {} : { note }) };
}

/** A content that is not one of the types that Ferry knows. */
export function foreign(label: string | null, more: Partial<Content> = {}): Content {
  return { type: null, label, picture: false, ...more };
}
