import { advancedQuery } from '../../lib/odata/advanced-query.js'
import { isGraphService } from '../../lib/odata/graph-service.js'
import { withoutTexts } from '../../lib/odata/literal.js'

/** What Graph does not allow together, or answers otherwise than one would expect. A key of the catalogue each. */
export type Conflict =
  | 'expandAdvanced'
  | 'searchFilter'
  | 'searchOrderby'
  | 'orderbyNotFiltered'
  | 'skipDirectory'
  | 'filterAll'
  | 'deltaOptions'

/** The request as the rules look at it. */
interface Asked {
  readonly path: string
  readonly option: (name: string) => string
  /** It needs an index that directory objects are searched by. */
  readonly advanced: boolean
}

const isMail = ({ path }: Asked): boolean => /\/messages$/iu.test(path)
const isDelta = ({ path }: Asked): boolean => /\/(?:microsoft\.graph\.)?delta(?:\([^/]*\))?$/iu.test(path)
const isMailDelta = ({ path }: Asked): boolean => /\/messages\/[^/]*delta/iu.test(path)

const RULES: readonly (readonly [Conflict, (asked: Asked) => boolean])[] = [
  ['expandAdvanced', ({ advanced, option }) => advanced && option('$expand') !== ''],
  [
    'searchFilter',
    (asked) => isMail(asked) && asked.option('$search') !== '' && asked.option('$filter') !== '',
  ],
  [
    'searchOrderby',
    (asked) => isMail(asked) && asked.option('$search') !== '' && asked.option('$orderby') !== '',
  ],
  [
    'orderbyNotFiltered',
    (asked) => isMail(asked) && !isFilteredFirst(asked.option('$filter'), asked.option('$orderby')),
  ],
  ['skipDirectory', ({ path, option }) => /\/users$/iu.test(path) && option('$skip') !== ''],
  ['filterAll', ({ option }) => /\/all\s*\(/iu.test(withoutTexts(option('$filter')))],
  [
    'deltaOptions',
    (asked) =>
      isDelta(asked) &&
      (asked.option('$search') + asked.option('$count') !== '' ||
        (asked.option('$orderby') !== '' && !isMailDelta(asked))),
  ],
]

/**
 * Judged by the request as it would be sent (Graph, "Use query parameters", "Advanced query capabilities on directory
 * objects", "List messages", "Use delta query").
 */
export function conflictsOf(url: string, serviceUrl: string): Conflict[] {
  if (!URL.canParse(url) || !URL.canParse(serviceUrl) || !isGraphService(serviceUrl)) return []
  const { pathname, searchParams } = new URL(url)
  const options = new Map([...searchParams].map(([name, value]) => [name.toLowerCase(), value]))
  const asked: Asked = {
    path: pathname,
    option: (name) => options.get(name) ?? '',
    advanced: advancedQuery(url, serviceUrl).eventual,
  }
  return RULES.filter(([, applies]) => applies(asked)).map(([conflict]) => conflict)
}

/** Properties that mail is ordered by must be in the filter too, first and in the same order. */
function isFilteredFirst(filter: string, orderby: string): boolean {
  if (filter === '' || orderby === '') return true
  let from = 0
  const plain = withoutTexts(filter)
  for (const each of orderby.split(',')) {
    const [name = ''] = each.trim().split(/\s+/u)
    const at = plain.indexOf(name, from)
    if (at < 0) return false
    if (
      from === 0 &&
      /[\w/]/u.test(plain.slice(0, at).replace(/^(?:\s|\(|not\b|startswith\b|endswith\b|contains\b)*/iu, ''))
    )
      return false
    from = at + name.length
  }
  return true
}
