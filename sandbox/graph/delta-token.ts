import { badRequest } from './errors'

/** Where a client stands in following a collection: what the opaque part of its links holds. */
export interface DeltaToken {
  /** The first request's address and query: options are given once and kept in the token. */
  readonly address: string
  readonly query: string
  /** The write that the client knows of already; undefined in the first round, which gives all there is. */
  readonly since: number | undefined
  /** The write up to which this round goes; undefined in a deltaLink, with which a round begins. */
  readonly until: number | undefined
  readonly from: number
  readonly page: number
}

const mark = 'R0usmcMDNGg'

export function writeDeltaToken({ address, query, since, until, from, page }: DeltaToken): string {
  const parts = [mark, address, query, since ?? null, until ?? null, from, page]
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

export function readDeltaToken(text: string, address: string): DeltaToken {
  try {
    const parts = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[]
    const [found, made, query, since, until, from, page] = parts
    const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
    // A token is good for the collection that it was given out for.
    if (found === mark && made === address)
      return {
        address,
        query: String(query),
        since: number(since),
        until: number(until),
        from: Number(from),
        page: Number(page),
      }
  } catch {
    // Not one of ours.
  }
  throw badRequest('The delta token is not valid.')
}
