import type { GraphClient, ReadRequest } from '../lib/graph-client'
import type { Answer } from '../lib/odata/answer'
import { ServiceError } from '../lib/odata/service-error'

/**
 * The answers of a read. With `notFound: 'empty'` a 404 is what it says: nothing there; not so behind the
 * first page, where it would cut the collection short.
 */
export async function* readAnswers(
  client: GraphClient,
  request: ReadRequest,
  notFound: 'error' | 'empty',
  signal: AbortSignal,
): AsyncGenerator<Answer, void, void> {
  let begun = false
  try {
    for await (const answer of client.read(request, signal)) {
      begun = true
      yield answer
    }
  } catch (error) {
    if (begun || notFound !== 'empty' || !(error instanceof ServiceError) || error.statusCode !== 404)
      throw error
    yield {
      kind: 'page',
      url: client.urlOf(request),
      statusCode: error.statusCode,
      requestId: error.requestId,
      rows: [],
      count: undefined,
      nextLink: undefined,
      deltaLink: undefined,
    }
  }
}
