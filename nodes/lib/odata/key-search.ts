import type { GraphClient } from '../graph-client'
import { isPlainRecord, textAt } from '../records'
import type { Answer, Page } from './answer'
import type { KeyChoice, KeyPage } from './key-page'
import type { ResourceDetails, TypeDetails } from './metadata/details'
import { bareRead, readOnce } from './read-once'
import type { ReadRequest } from './read-plan'
import { ServiceError } from './service-error'

export interface KeyQuestion {
  /** The collection, as it stands in a URL. */
  readonly path: string
  /** Part of a name or of a mail address, or a whole id; blank: the first ones. */
  readonly text: string
  /** `next` of the page before. */
  readonly next: string | undefined
  /** How entity and key become an item. */
  readonly itemConvention: string
  /** What the metadata says of the path. */
  readonly resource: ResourceDetails | undefined
}

const PAGE = '25'

/** By which names items are known, the best first; in any case of letters, for services differ in it. */
const TITLES = ['displayName', 'fullName', 'name', 'title', 'subject', 'topic', 'label', 'description']
const DETAILS = [
  'userPrincipalName',
  'mail',
  'emailAddress',
  'webUrl',
  'receivedDateTime',
  'createdDateTime',
  'appId',
]
/** What a search by directory objects can be about besides the title (Graph, "Use the $search query parameter"). */
const SEARCHED = ['mail', 'userPrincipalName']

/** How the items of a collection are told apart. */
interface Shape {
  readonly key: string
  readonly numeric: boolean
  readonly title: string | undefined
  readonly details: readonly string[]
  readonly searched: readonly string[]
  readonly directory: boolean
}

/**
 * Looks for items of a collection by what a person knows of them. Each service, and each collection of Graph, can do
 * something else: search first, then a filter, then whatever comes first; what was refused with 400 or 501 is tried in
 * the next way.
 */
export async function searchKeys(
  client: GraphClient,
  question: KeyQuestion,
  signal: AbortSignal,
): Promise<KeyPage> {
  const { path, text, next, resource } = question
  const shape = shapeOf(resource?.type)
  if (next !== undefined) {
    const answer = await readOnce(client, bareRead(path, { from: next }), signal)
    return pageOf(answer, shape)
  }
  const [byId, found] = await Promise.all([
    isLikeKey(text.trim(), shape) ? itemOf(client, question, shape, signal) : undefined,
    firstThatWorks(client, ways(path, text.trim(), shape), shape, signal),
  ])
  if (byId === undefined) return found
  const others = found.keys.filter(({ key }) => key !== byId.key)
  return { ...found, ...(others.length === 0 ? { by: 'id' } : {}), keys: [byId, ...others] }
}

interface Way {
  readonly by: NonNullable<KeyPage['by']>
  readonly request: ReadRequest
  /** Rows that do not hold it are left out: the service was not asked for it. */
  readonly holding?: string
}

function ways(path: string, text: string, shape: Shape): Way[] {
  const select = shape.title === undefined ? {} : { select: fieldsOf(shape) }
  const list: Way = { by: 'list', request: bareRead(path, { query: { ...select, pageSize: PAGE } }) }
  if (text === '') return [list, { by: 'list', request: bareRead(path) }]
  const filterValues = new Map([['text', text]])
  const filtered = (filter: string): Way => ({
    by: 'filter',
    request: bareRead(path, { query: { ...select, filter, pageSize: PAGE }, filterValues }),
  })
  const { title } = shape
  return [
    ...(shape.directory ? [searched(path, text, shape)] : []),
    ...(title === undefined ? [] : [filtered(`contains(${title},{text})`), filtered(startsWith(shape))]),
    { ...list, holding: text },
    { by: 'list', request: bareRead(path), holding: text },
  ]
}

/** Words alone can be searched for: signs part them, and quotes would end the text. */
function searched(path: string, text: string, shape: Shape): Way {
  const words = text.replace(/["\\&]/gu, ' ').trim()
  const search = shape.searched.map((property) => `"${property}:${words}"`).join(' OR ')
  return {
    by: 'search',
    request: bareRead(path, { query: { select: fieldsOf(shape), search, pageSize: PAGE } }),
  }
}

function startsWith({ searched }: Shape): string {
  return searched.map((property) => `startswith(${property},{text})`).join(' or ')
}

async function firstThatWorks(
  client: GraphClient,
  candidates: readonly Way[],
  shape: Shape,
  signal: AbortSignal,
): Promise<KeyPage> {
  let refused: unknown
  for (const { by, request, holding } of candidates) {
    try {
      const page = { ...pageOf(await readOnce(client, request, signal), shape), by }
      return holding === undefined
        ? page
        : { ...page, keys: page.keys.filter((each) => holds(each, holding)) }
    } catch (error) {
      if (!isRefused(error)) throw error
      refused = error
    }
  }
  throw refused
}

/** The service understood, and cannot do this. */
function isRefused(error: unknown): boolean {
  return error instanceof ServiceError && [400, 405, 501].includes(error.statusCode)
}

/** A whole id needs no search, and some collections cannot do anything else. */
async function itemOf(
  client: GraphClient,
  { path, text, itemConvention }: KeyQuestion,
  shape: Shape,
  signal: AbortSignal,
): Promise<KeyChoice | undefined> {
  const address = { entity: path, key: text.trim(), appendUrl: '', itemConvention, params: new Map() }
  try {
    const answer = await readOnce(client, bareRead('', { address }), signal)
    return answer.kind === 'single' ? choiceOf(answer.value, shape) : undefined
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof ServiceError) return undefined
    throw error
  }
}

/** A number where keys are numbers; else long, without blanks, with digits or an `@`: not what somebody is called. */
function isLikeKey(text: string, { numeric }: Shape): boolean {
  return numeric ? /^\d+$/u.test(text) : /^\S{6,}$/u.test(text) && /[\d@]/u.test(text)
}

function shapeOf(type: TypeDetails | undefined): Shape {
  const properties = type?.properties ?? []
  const texts = properties.filter(({ type: of, collection }) => of === 'Edm.String' && !collection)
  const key = type?.key[0] ?? 'id'
  const numeric = /^Edm\.(?:S?Byte|Int\d\d|Decimal)$/u.test(
    properties.find(({ name }) => name === key)?.type ?? '',
  )
  const lineage = type === undefined ? [] : [type.name, ...type.baseTypes]
  if (lineage.includes(DIRECTORY_OBJECT)) return { ...directoryShape(texts, lineage[0]), key, numeric }
  const title = type === undefined ? undefined : nameIn(texts, TITLES, key)
  const details = DETAILS.filter((name) => properties.some((property) => property.name === name))
  return {
    key,
    numeric,
    title,
    details,
    searched: [
      ...(title === undefined ? [] : [title]),
      ...SEARCHED.filter((name) => texts.some((property) => property.name === name)),
    ],
    directory: false,
  }
}

const DIRECTORY_OBJECT = 'microsoft.graph.directoryObject'

/** What is in the directory has a display name, whatever it is; the type itself does not say so. */
function directoryShape(
  texts: readonly { readonly name: string }[],
  name: string | undefined,
): Omit<Shape, 'key' | 'numeric'> {
  const has = (property: string): boolean =>
    name === DIRECTORY_OBJECT || texts.some((text) => text.name === property)
  const searched = SEARCHED.filter(has)
  const details = [...searched.toReversed(), ...(has('appId') && name !== DIRECTORY_OBJECT ? ['appId'] : [])]
  return { title: 'displayName', details, searched: ['displayName', ...searched], directory: true }
}

/** Else something that looks like a name (Dynamics: `accountname`), else the first text besides the key. */
function nameIn(
  properties: readonly { readonly name: string }[],
  wanted: readonly string[],
  key: string,
): string | undefined {
  const names = properties.map(({ name }) => name)
  const known = wanted
    .map((title) => names.find((name) => name.toLowerCase() === title.toLowerCase()))
    .find((name) => name !== undefined)
  return (
    known ??
    names.find((name) => name !== key && /name|title/iu.test(name)) ??
    names.find((name) => name !== key)
  )
}

function fieldsOf({ key, title, details }: Shape): string {
  return [key, ...(title === undefined ? [] : [title]), ...details].join(',')
}

function pageOf(answer: Answer, shape: Shape): KeyPage {
  const rows = answer.kind === 'page' ? answer.rows : []
  const next = (answer as Partial<Page>).nextLink
  const keys = rows.flatMap((row) => choiceOf(row, shape) ?? [])
  return { keys, ...(next === undefined ? {} : { next }) }
}

function choiceOf(row: unknown, { key, title, details }: Shape): KeyChoice | undefined {
  if (!isPlainRecord(row)) return undefined
  const value = row[key]
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const names = title === undefined ? TITLES : [title, ...TITLES]
  const name = firstText(row, names) ?? String(value)
  const detail = firstText(row, details.length === 0 ? DETAILS : details)
  return { key: value, title: name, ...(detail === undefined || detail === name ? {} : { detail }) }
}

function firstText(row: unknown, names: readonly string[]): string | undefined {
  return names.map((name) => textAt(row, name)).find((text) => text !== undefined && text !== '')
}

function holds({ key, title, detail = '' }: KeyChoice, text: string): boolean {
  const wanted = text.toLowerCase()
  return [String(key), title, detail].some((part) => part.toLowerCase().includes(wanted))
}
