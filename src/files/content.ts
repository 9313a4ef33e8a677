import { isImageType } from './kinds';

/** What the content of a file is. */
export interface Content {
  /** One of the types that Ferry knows; null for anything else. */
  readonly type: string | null;
  /** For people: "PNG", "ZIP", "HTML"; null when nobody can tell. */
  readonly label: string | null;
  /** True for every picture, also of kinds that LivePerson does not take (WEBP, TIFF ...). */
  readonly picture: boolean;
  /** Ends the sentence "FILE is ..." where the label alone would say too little. */
  readonly description?: string;
  /** A sentence that says what a person can do with such a file. */
  readonly help?: string;
  /** Types that a program can save such a file as, the best one first. */
  readonly convertTo?: readonly string[];
  /** Ends the sentence "FILE ...": said of a file that is sent nevertheless. */
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
