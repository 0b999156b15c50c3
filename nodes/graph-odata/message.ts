/** What a message carries besides whatever the flow has put into it. */

export type Output = 'array' | 'page' | 'item'

export interface Message {
  _msgid?: string
  payload?: unknown
  parts?: unknown
  graph?: GraphFacts | undefined
  [property: string]: unknown
}

/** `msg.graph`: where the payload came from. Never headers, tokens or pre-signed links. */
export interface GraphFacts {
  readonly node: string
  readonly operation: string
  readonly url?: string
  readonly statusCode?: number
  readonly requestId?: string
  readonly count?: number
  readonly etag?: string
  /** Where this read goes on: on a page that is waited for, and on an error in the middle. */
  readonly nextLink?: string
  readonly deltaLink?: string
  readonly resync?: 'apply' | 'upload'
  readonly rows?: number
  readonly retryAfter?: number
  /** On 403: those that would open this call, the least privileged first. */
  readonly permissions?: readonly string[]
  /** Where what was created is, or where the service goes on working. */
  readonly location?: string
  /** `unknown`: it may or may not have been done. */
  readonly outcome?: 'unknown'
  /** Of a list that was written: what became of each element, in their order. */
  readonly results?: readonly WriteResult[]
  /** How many of them failed. */
  readonly failed?: number
  /** After a conflict: the item as it is now. */
  readonly current?: unknown
}

/** What became of one element of a list. `code` and `message` are there where it failed. */
export interface WriteResult {
  readonly statusCode?: number
  readonly requestId?: string
  readonly etag?: string
  readonly location?: string
  readonly code?: string
  readonly message?: string
  readonly outcome?: 'unknown'
}
