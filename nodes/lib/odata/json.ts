/** JSON as services send it: UTF-8, sometimes with a byte order mark, which JSON.parse does not take. */
export function parseJson(body: Buffer): unknown {
  return JSON.parse(decodeText(body))
}

/** UTF-8 text without its byte order mark (`$count` answers of Graph begin with one). */
export function decodeText(body: Buffer): string {
  const marked = body.length >= 3 && body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf
  return body.toString('utf8', marked ? 3 : 0)
}
