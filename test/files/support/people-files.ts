/** Files as people have them: 12 kinds, with what Ferry makes of each. */
import { documentFiles, officeFiles, oldOfficeFiles } from './people-documents';
import { foreignPictureFiles, gifFiles, jpegFiles, pngFiles } from './people-pictures';
import { mediaFiles, programFiles, tableFiles, textFiles } from './people-texts';

export interface PeopleFile {
  readonly name: string;
  readonly content: Buffer;
  /** The type that it is sent as, or the code of its refusal. */
  readonly is: string;
  /** Found in the note, or in the words of the refusal; a file without words is sent without a note. */
  readonly says?: RegExp;
}

export interface PeopleKind {
  readonly kind: string;
  readonly files: readonly PeopleFile[];
}

export async function peopleFiles(): Promise<PeopleKind[]> {
  return [
    { kind: 'plain text', files: textFiles() },
    { kind: 'tables, logs and markup', files: tableFiles() },
    { kind: 'JPEG', files: await jpegFiles() },
    { kind: 'PNG', files: await pngFiles() },
    { kind: 'GIF', files: await gifFiles() },
    { kind: 'other pictures', files: await foreignPictureFiles() },
    { kind: 'PDF', files: documentFiles() },
    { kind: 'Word', files: officeFiles('docx') },
    { kind: 'Excel and PowerPoint', files: [...officeFiles('xlsx'), ...officeFiles('pptx')] },
    { kind: 'old, open and protected Office', files: oldOfficeFiles() },
    { kind: 'archives and programs', files: programFiles() },
    { kind: 'sound and video', files: mediaFiles() },
  ];
}
