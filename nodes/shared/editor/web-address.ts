/** Only what a browser may be sent to: a link to a script is no address. */
export function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/u.test(new URL(text).protocol)
}
