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
}
