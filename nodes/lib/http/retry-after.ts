/**
 * `Retry-After` in seconds: whole or fractional (Graph documents `2.128`) or an HTTP date (RFC 9110,
 * 10.2.3); a date that has passed is 0; anything else is undefined.
 */
export function retryAfterSeconds(header: string | undefined, now: number): number | undefined {
  if (header === undefined || header.trim() === '') return undefined
  const seconds = Number(header)
  if (Number.isFinite(seconds)) return Math.max(0, seconds)
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000)
}
