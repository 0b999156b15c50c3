import table from './common-permissions.json'
import type { Permission, RequestPermissions } from './permissions'

interface Entry {
  readonly method: string
  readonly segments: readonly string[]
  readonly kinds: readonly string[]
}

/** The commonest requests, known without asking anybody; written by scripts/permission-table.mjs. */
const ENTRIES: readonly Entry[] = Object.entries(table).map(([request, kinds]) => {
  const [method = '', path = ''] = request.split(' ')
  return { method, segments: path.toLowerCase().split('/').slice(1), kinds }
})

const NAMES: ReadonlySet<string> = new Set(
  ENTRIES.flatMap(({ segments }) => segments)
    .filter((segment) => !segment.startsWith('{'))
    .map((segment) => segment.replace(/[(:].*$/u, '')),
)

/** Whether a segment is a name of these requests, and so nothing of the tenant. */
export function isCommonName(segment: string): boolean {
  return NAMES.has(segment.toLowerCase())
}

/** What opens a request of the table; undefined where it is none of them. */
export function commonPermissions(method: string, template: string): RequestPermissions | undefined {
  for (const path of sameThings(template.toLowerCase())) {
    const segments = path.split('/').slice(1)
    const entry = ENTRIES.find((each) => each.method === method && matches(each.segments, segments))
    if (entry === undefined) continue
    const [delegated = '', application = ''] = entry.kinds
    // `me` is nobody where no user has signed in, whatever it is another way to.
    const ownOnly = /^\/me(?:\/|$)/iu.test(template)
    return { delegated: listOf(delegated), application: ownOnly ? [] : listOf(application) }
  }
  return undefined
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return pattern.length === segments.length && pattern.every((part, index) => part === segments[index])
}

/** Other ways to the same thing, of which the table has one. */
function sameThings(path: string): string[] {
  const root = path.replace(/\/root(?::\/\{id\}:?)?(?=\/|$)/u, '/items/{id}')
  return [
    path,
    path.replace(/\/calendarview/u, '/calendar/calendarview'),
    path.replace(/\/calendar\/calendarview/u, '/calendarview'),
    root,
    root.replace(
      /^\/(?:me|users\/\{id\}|groups\/\{id\}|sites\/\{id\})\/drives?(?:\/\{id\})?(?=\/items)/u,
      '/drives/{id}',
    ),
    path.replace(/^\/sites\/root(?=\/|$)/u, '/sites/{id}'),
  ]
}

function listOf(names: string): Permission[] {
  return names
    .split(' ')
    .filter((name) => name !== '')
    .map((name, index) => ({ name, least: index === 0 }))
}
