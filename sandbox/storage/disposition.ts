/**
 * `Content-Disposition` of a TempURL's GET and HEAD: `inline` and `filename` of the query go first (they are not
 * signed), then what was stored, else the object's name as an attachment.
 */
export function contentDisposition(path: string, query: URLSearchParams, stored: string | undefined): string {
  const filename = query.get('filename') || null;
  if (query.has('inline')) return filename === null ? 'inline' : format('inline', filename);
  if (filename !== null) return format('attachment', filename);
  const trimmed = path.replace(/\/+$/, '');
  return stored || format('attachment', trimmed.slice(trimmed.lastIndexOf('/') + 1));
}

function format(type: string, filename: string): string {
  const encoded = percentEncode(filename);
  return `${type}; filename="${encoded.replaceAll('%20', ' ')}"; filename*=UTF-8''${encoded}`;
}

/** Everything but letters, digits, `_.-~` and `/`: so neither quotes nor line ends can leave the value. */
function percentEncode(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return /[\w.~/-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}
