const HIDDEN = '[hidden]';

/** The first characters of a text, which are searched and kept. A log line or a failure needs no more. */
const LONGEST_TEXT = 16_384;

/** A token at the end of the kept text is removed up to this length, because half a secret is not recognised. */
const LONGEST_TOKEN = 4096;

/** Whether one of the patterns below can match at all. Most lines hold no secret and cost only this search. */
const SUSPICIOUS = /eyJ|temp_url_|authorization|bearer|oauth_|password|token|secret|jwt|appkey|authcode/i;

/** Between a name and its value: `=`, `:`, with or without quotes (also escaped ones), or percent-encoded. */
const SEPARATOR = String.raw`\\*["']?\s*(?:[:=]|%3D)\s*\\*["']?`;
const NAMES =
  'temp_url_(?:sig|expires|prefix)|oauth_(?:token|signature|consumer_key|nonce)|access_?token(?:_?secret)?|id_token';
/** Only as keys of JSON: "token: expired" in a sentence is not a secret. */
const JSON_KEYS = 'password|bearer|token|jwt|secret|app_?key|auth_?code|external_?token|csrf';

const PATTERNS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [new RegExp(String.raw`((?:${NAMES})${SEPARATOR})[^"'\\&\s,;}]+`, 'gi'), `$1${HIDDEN}`],
  // Begins at the quote, not at the backslashes before the quote: with a start at each backslash the time is quadratic.
  [new RegExp(String.raw`("(?:${JSON_KEYS})\\*"\s*:\s*\\*")[^"\\]+`, 'gi'), `$1${HIDDEN}`],
  [
    /(authorization\\*["']?\s*[:=]\s*\\*["']?(?:(?:bearer|basic|jwt|digest)\s+)?)(?!oauth\b)[^"'\\\s,;}]+/gi,
    `$1${HIDDEN}`,
  ],
  [/\b(bearer\s+)(?=\S*[\d._-])[\w.~+/=-]{8,}/gi, `$1${HIDDEN}`],
];

/** Shorter secrets would hide ordinary words. */
const SHORTEST_SECRET = 4;

/**
 * Removes secrets from a text: tokens (JWT, bearer, Authorization), signatures and expiry of signed URLs, and the given
 * secrets, also in the form that they have in JSON and in URLs. The text is cut before it is searched, and the time is
 * linear in its length.
 *
 * @param longest characters that are kept
 */
export function redact(text: string, extraSecrets: readonly string[] = [], longest = LONGEST_TEXT): string {
  let clean = cut(text, longest);
  for (const form of extraSecrets.length === 0 ? [] : forms(extraSecrets)) {
    if (clean.includes(form)) clean = clean.replaceAll(form, HIDDEN);
  }
  if (!SUSPICIOUS.test(clean)) return clean;
  if (clean.includes('eyJ')) clean = clean.replace(/[\w.-]{16,}/g, hideToken);
  for (const [pattern, replacement] of PATTERNS) clean = clean.replace(pattern, replacement);
  return clean;
}

function cut(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const kept = text.slice(0, longest);
  let end = kept.length;
  while (end > 0 && kept.length - end < LONGEST_TOKEN && /\S/.test(kept.charAt(end - 1))) end -= 1;
  return `${kept.slice(0, end)}... (${text.length - end} more characters)`;
}

/**
 * Hides a JWT (from `eyJ`, base64 of `{"`, to the end of its dotted parts) in a run of the characters of a JWT. Each
 * run is searched once: a single expression takes quadratic time on long base64.
 */
function hideToken(run: string): string {
  const start = run.indexOf('eyJ');
  if (start === -1 || !run.includes('.', start)) return run;
  return run.slice(0, start) + HIDDEN;
}

/** The longest first, because one secret may be a part of another. */
function forms(secrets: readonly string[]): string[] {
  const all = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < SHORTEST_SECRET) continue;
    all.add(secret).add(JSON.stringify(secret).slice(1, -1)).add(encodeURIComponent(secret));
    all.add(Buffer.from(secret).toString('base64'));
  }
  return [...all].sort((a, b) => b.length - a.length);
}
