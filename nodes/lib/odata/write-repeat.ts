import { decodedText } from '../decoded-text'
import type { Repeat } from '../http/http'
import { isPlainRecord } from '../records'
import { splitQuery, withoutQuery } from '../split-query'
import type { PlannedRequest } from './write-plan'

/** Actions that only read; they are POST because what they ask for may not fit into a URL. */
const READING_ACTIONS = new Set(
  `checkmembergroups checkmemberobjects findmeetingtimes getavailableextensionproperties getbyids getmailtips
  getmembergroups getmemberobjects getschedule translateexchangeids validateproperties`.split(/\s+/u),
)

/**
 * What repeating a write may do (docs/reliability.md, "Retry table"). Wherever it is not known to do no harm it is
 * `once`.
 */
export function repeatOfWrite({ method, url, headers, body }: PlannedRequest): Repeat {
  const path = withoutQuery(url).toLowerCase()
  if (method === 'GET') return 'safe'
  if (method === 'POST') return repeatOfPost(path, body)
  if (method === 'PUT' && isRename(url)) return 'once'
  if (method === 'PATCH' && (isPageContent(path) || addsToCollections(body))) return 'once'
  const ifMatch = headers.get('if-match')
  return ifMatch === undefined || ifMatch === '*' ? 'idempotent' : 'conditional'
}

function repeatOfPost(path: string, body: PlannedRequest['body']): Repeat {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/^.*\.|\(.*$/gu, '')
  if (READING_ACTIONS.has(name) || path.endsWith('/search/query')) return 'safe'
  // Outlook creates no second event with the same one (Graph, "event resource type").
  const transaction = path.endsWith('/events') ? parsed(body) : undefined
  const named = isPlainRecord(transaction) && typeof transaction['transactionId'] === 'string'
  return named && transaction['transactionId'] !== '' ? 'idempotent' : 'once'
}

/** Each time the file gets another name. */
function isRename(url: string): boolean {
  return /conflictBehavior=rename/iu.test(decodedText(splitQuery(url).query))
}

/** OneNote's content is changed by commands such as "append". */
function isPageContent(path: string): boolean {
  return /\/onenote\/pages\/[^/]+\/(?:onenotepatch)?content$/u.test(path)
}

/** `members@odata.bind` adds to what is there, `members@delta` says what to do with it. */
function addsToCollections(body: PlannedRequest['body']): boolean {
  const value = parsed(body)
  if (!isPlainRecord(value)) return false
  return Object.entries(value).some(
    ([name, bound]) => /@(?:odata\.)?(?:bind|delta)$/u.test(name) && Array.isArray(bound),
  )
}

function parsed(body: PlannedRequest['body']): unknown {
  if (typeof body !== 'string') return undefined
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
