/**
 * Words from outside as they may stand in an error, a status or a log: without our secrets (services echo
 * what they were sent), without control characters, and no longer than anybody reads.
 */
export function printable(text: string, { secrets = [], most = 300 }: PrintableOptions = {}): string {
  const clean = secrets
    .filter((secret) => secret !== '')
    .reduce((kept, secret) => kept.replaceAll(secret, '***'), text)
  const plain = clean.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, ' ')
  return plain.length > most ? `${plain.slice(0, most - 1)}…` : plain
}

export interface PrintableOptions {
  readonly secrets?: readonly string[]
  /** Characters. */
  readonly most?: number
}

/** An address that may be shown: without the user name and password that it may hold, however it is misspelt. */
export function withoutCredentials(address: string): string {
  return address.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/iu, '$1')
}
