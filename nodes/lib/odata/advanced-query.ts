import { parsedUrl } from '../parsed-url.js'
import { withoutTexts } from './literal.js'

/**
 * Directory objects answer some queries only when the client says that it bears an index which lags behind:
 * header `ConsistencyLevel: eventual` and, but for `$search` and the `$count` segment, `$count=true`
 * (Graph, "Advanced query capabilities on directory objects").
 */
export interface AdvancedQuery {
  /** The header is needed. */
  readonly eventual: boolean
  /** `$count=true` is needed beside it, and is not there yet. */
  readonly count: boolean
}

const SETS = new Set([
  'administrativeunits',
  'applications',
  'contacts',
  'devices',
  'directoryobjects',
  'directoryroles',
  'groups',
  'serviceprincipals',
  'users',
])

/** Relationships whose targets are directory objects. */
const RELATIONSHIPS = new Set([
  'approleassignedto',
  'approleassignments',
  'createdobjects',
  'directreports',
  'memberof',
  'members',
  'owneddevices',
  'ownedobjects',
  'owners',
  'registereddevices',
  'registeredowners',
  'registeredusers',
  'transitivememberof',
  'transitivemembers',
  'transitivereports',
])

const NONE: AdvancedQuery = { eventual: false, count: false }

/**
 * What a request needs, judged by its whole URL, so that options of an append URL count as well.
 *
 * @param always whether it is to be an advanced one in any case: not all that have to be can be told by their looks.
 */
export function advancedQuery(url: string, serviceUrl: string, always = false): AdvancedQuery {
  const { searchParams } = parsedUrl(url)
  const resource = directoryResource(url, serviceUrl)
  if (resource === undefined) return NONE
  const options = new Map([...searchParams].map(([name, value]) => [name.toLowerCase(), value]))
  if (!always && !isAdvanced(resource, options)) return NONE
  const counted = resource.countSegment || options.get('$count') === 'true' || options.has('$search')
  return { eventual: true, count: !counted }
}

/** Whether an address ends at a whole set of directory objects, such as `users`. */
export function isDirectorySet(url: string, serviceUrl: string): boolean {
  return directoryResource(url, serviceUrl)?.rows === 'set'
}

interface DirectoryResource {
  readonly rows: 'set' | 'relationship' | 'cast'
  readonly countSegment: boolean
}

/** Undefined where the path does not end at a collection of directory objects. */
function directoryResource(url: string, serviceUrl: string): DirectoryResource | undefined {
  const path = parsedUrl(url).pathname.slice(parsedUrl(serviceUrl).pathname.replace(/\/+$/u, '').length)
  const segments = path.split('/').filter((segment) => segment !== '')
  const countSegment = segments.at(-1) === '$count'
  if (countSegment) segments.pop()
  const cast = segments.at(-1)?.startsWith('microsoft.graph.') === true
  if (cast) segments.pop()
  const last = segments.at(-1)?.toLowerCase() ?? ''
  const underDirectory = segments[0] === 'directory' && segments.length === 2
  const known = segments.length === 1 || underDirectory ? SETS.has(last) : RELATIONSHIPS.has(last)
  if (!known) return undefined
  const plain = RELATIONSHIPS.has(last) ? 'relationship' : 'set'
  return { rows: cast ? 'cast' : plain, countSegment }
}

function isAdvanced(resource: DirectoryResource, options: ReadonlyMap<string, string>): boolean {
  const filter = withoutTexts(options.get('$filter') ?? '')
  const orderby = options.get('$orderby')
  if (resource.countSegment || options.has('$search') || options.get('$count') === 'true') return true
  if (/\b(?:ne|not)\b|\bendswith\s*\(|\/\$count\b/iu.test(filter)) return true
  if (resource.rows !== 'set' && (filter !== '' || orderby !== undefined)) return true
  // A cast is one with any other option; expanding is none of the advanced queries.
  if (resource.rows === 'cast' && ['$select', '$top'].some((name) => options.has(name))) return true
  return orderby !== undefined && (filter !== '' || !sortsPlainly(orderby))
}

function sortsPlainly(orderby: string): boolean {
  return orderby.split(',').every((each) => /^\s*(?:displayName|userPrincipalName)\b/iu.test(each))
}
