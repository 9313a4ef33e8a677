/** PDFs and texts as different programs write them. */

export function pdf(version = '1.7', trailer = ''): Buffer {
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R>>',
  ];
  let text = `%PDF-${version}\n%\xe2\xe3\xcf\xd3\n`;
  const offsets = objects.map((body, index) => {
    const at = text.length;
    text += `${index + 1} 0 obj\n${body}\nendobj\n`;
    return at;
  });
  const xref = text.length;
  const rows = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  text += `xref\n0 4\n0000000000 65535 f \n${rows}trailer\n<</Size 4/Root 1 0 R${trailer}>>\nstartxref\n${xref}\n%%EOF\n`;
  return Buffer.from(text, 'latin1');
}

/** Without a byte above 7F, as some programs write it. */
export function asciiPdf(): Buffer {
  return Buffer.from(
    pdf()
      .toString('latin1')
      .replace(/\n%[^\n]*\n/, '\n'),
    'latin1',
  );
}

export function utf16(text: string, order: 'le' | 'be', mark = true): Buffer {
  const bytes = Buffer.from(mark ? `\ufeff${text}` : text, 'utf16le');
  return order === 'le' ? bytes : bytes.swap16();
}

export function utf32(text: string): Buffer {
  const characters = Array.from(`\ufeff${text}`);
  const bytes = Buffer.alloc(4 * characters.length);
  characters.forEach((character, index) => bytes.writeUInt32LE(character.codePointAt(0) ?? 0, 4 * index));
  return bytes;
}

export function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

export function hex(...parts: readonly string[]): Buffer {
  return Buffer.from(parts.join('').replaceAll(' ', ''), 'hex');
}

/** A head, and noise that no text is like. */
export function binary(head: Buffer | string, bytes = 4000): Buffer {
  const noise = Buffer.alloc(bytes);
  let state = 7;
  for (let at = 0; at < bytes; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    noise[at] = state >>> 16;
  }
  return Buffer.concat([typeof head === 'string' ? latin1(head) : head, noise]);
}
