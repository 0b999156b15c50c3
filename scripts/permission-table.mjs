// Writes nodes/lib/odata/permissions/common-permissions.json anew from Microsoft's permissions.json (repository
// microsoft-graph-devx-content, permissions/new/permissions.json): node scripts/permission-table.mjs <that file>.
// The requests that it is about are its own keys; add one there, with empty lists, and run this.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './steps.mjs'

const TABLE = join(root, 'nodes', 'lib', 'odata', 'permissions', 'common-permissions.json')
const KINDS = ['DelegatedWork', 'Application']

/**
 * For each request (`GET /users/{id}`) the permissions that open it, delegated ones and application ones, each kind
 * as one text, the least privileged first.
 *
 * Permissions that are granted by a team or chat itself (RSC) are left out: a connection cannot ask for them. So are
 * those that open a path only together with another.
 */
export function permissionTable(data, requests) {
  const wanted = new Map(requests.map((request) => [request.toLowerCase(), { request, kinds: [[], []] }]))
  const breadth = new Map()
  for (const [name, { authorizationType, schemes, pathSets = [] }] of Object.entries(data.permissions)) {
    if (authorizationType !== 'oAuth2') continue
    breadth.set(
      name,
      pathSets.reduce((sum, { paths }) => sum + Object.keys(paths).length, 0),
    )
    for (const set of pathSets) collect(name, schemes, set, wanted)
  }
  const order = (left, right) =>
    left.rank - right.rank ||
    left.level - right.level ||
    breadth.get(left.name) - breadth.get(right.name) ||
    (left.name < right.name ? -1 : 1)
  const line = (list) => [...new Set(list.sort(order).map(({ name }) => name))].join(' ')
  return Object.fromEntries([...wanted.values()].map(({ request, kinds }) => [request, kinds.map(line)]))
}

function collect(name, schemes, { methods, schemeKeys, paths }, wanted) {
  for (const [path, notes] of Object.entries(paths)) {
    if (/alsorequires/i.test(notes)) continue
    for (const method of methods) {
      const entry = wanted.get(`${method} ${path}`.toLowerCase())
      if (entry === undefined) continue
      KINDS.forEach((kind, index) => {
        // `me` is nobody where no user has signed in.
        if (!schemeKeys.includes(kind) || (kind === 'Application' && /^\/me(?:\/|$)/.test(path))) return
        const least = new RegExp(`least=[^;]*\\b${kind}\\b`).test(notes)
        const level = schemes[kind]?.privilegeLevel ?? 9
        entry.kinds[index].push({ name, rank: rank(least, method, name), level })
      })
    }
  }
}

/** "Least" is said of a permission's whole set of methods: of one that writes, too, where it is about reading. */
function rank(least, method, name) {
  const writes = /Write|Manage|FullControl|Create|Delete/.test(name)
  if (method !== 'GET') return least ? 0 : 1
  return (writes ? 2 : 0) + (least ? 0 : 1)
}

if (process.argv[1] === import.meta.filename) {
  const requests = Object.keys(JSON.parse(readFileSync(TABLE, 'utf8')))
  const table = permissionTable(JSON.parse(readFileSync(process.argv[2], 'utf8')), requests)
  for (const [request, kinds] of Object.entries(table)) {
    if (kinds.every((kind) => kind === '')) console.error(`Nothing opens ${request}`)
  }
  writeFileSync(TABLE, `${JSON.stringify(table, null, 2)}\n`)
}
