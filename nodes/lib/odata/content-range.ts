/** `Content-Range` of a 206 (RFC 9110, 14.4). */
export interface ContentRange {
  readonly first: number
  readonly last: number
  /** Undefined where the service does not know it (`*`). */
  readonly total: number | undefined
}

export function contentRange(header: string | undefined): ContentRange | undefined {
  const [, first, last, total] = /^bytes\s+(\d+)-(\d+)\/(\d+|\*)$/iu.exec(header?.trim() ?? '') ?? []
  if (first === undefined || last === undefined) return undefined
  return { first: Number(first), last: Number(last), total: total === '*' ? undefined : Number(total) }
}

/** How long the file is, as a 416 tells with an asterisk in place of the range. */
export function wholeLength(header: string | undefined): number | undefined {
  const [, total] = /^bytes\s+\*\/(\d+)$/iu.exec(header?.trim() ?? '') ?? []
  return total === undefined ? undefined : Number(total)
}

/**
 * Where an upload session wants to go on: the first byte of its first expected range. Documented as
 * `nextExpectedRanges: ["26-"]`; Outlook writes `NextExpectedRanges` and leaves the dash out.
 */
export function nextExpected(body: Readonly<Record<string, unknown>>): number | undefined {
  const ranges = body['nextExpectedRanges'] ?? body['NextExpectedRanges']
  const [first]: unknown[] = Array.isArray(ranges) ? ranges : []
  if (typeof first === 'number') return Number.isSafeInteger(first) && first >= 0 ? first : undefined
  const [, start] = /^(\d+)(?:-\d*)?$/u.exec(typeof first === 'string' ? first.trim() : '') ?? []
  return start !== undefined && Number.isSafeInteger(Number(start)) ? Number(start) : undefined
}
