/** JSON as services send it: UTF-8, sometimes with a byte order mark, which JSON.parse does not take. */
export function parseJson(body: Buffer): unknown {
  const text = decodeText(body)
  return JSON.parse(/\d{16}/u.test(text) ? withLongIntegersAsText(text) : text)
}

/** UTF-8 text without its byte order mark (`$count` answers of Graph begin with one). */
export function decodeText(body: Buffer): string {
  const marked = body.length >= 3 && body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf
  return body.toString('utf8', marked ? 3 : 0)
}

/**
 * Edm.Int64 reaches beyond 2^53 - 1, where a JavaScript number would silently become another one: such
 * integers become strings of their digits. Texts are skipped whole, so that digits in them stay as they are.
 */
function withLongIntegersAsText(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/gu, (token) =>
    token.startsWith('"') || Number.isSafeInteger(Number(token)) ? token : `"${token}"`,
  )
}
