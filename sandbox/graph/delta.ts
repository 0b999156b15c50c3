import { json, type Answer } from './answer'
import type { ChangeLog } from './change-log'
import type { GraphControl } from './control'
import { matcher } from './collection'
import { changed, entry, withLinks } from './delta-entries'
import { checkDeltaOptions } from './delta-rules'
import { readDeltaToken, writeDeltaToken, type DeltaToken } from './delta-token'
import { badRequest, GraphError, notImplemented } from './errors'
import { pageSize, takePage, type Page } from './paging'
import { parseQuery, type QueryOptions } from './query-options'
import { selected, shapeSetting, type ReadRequest, type ReadSetting } from './reader'
import { shortName, type Row, type Rows } from './rows'
import { shaper } from './shape'
import type { Kept } from './table'
import { walk, type Target } from './walk'
import { workloadOf, type WorkloadName } from './workloads'

/** One page of a round: first of all rows, then of what was written since the last round. */
export function readDelta(request: ReadRequest, setting: ReadSetting): Answer {
  const { control, data } = setting
  const { name: workload } = workloadOf(request.path.type)
  if (data.log === undefined) throw notImplemented('delta')
  const token = tokenOf(request, workload, data.log)
  if (!data.log.reaches(token.since ?? token.until ?? data.log.sequence))
    throw expired(token, workload, control)
  const options = parseQuery(token.query, workload === 'files')
  const { rows, kept, type, context } = followed(request, options, setting)
  checkDeltaOptions(type, workload, options)

  const until = token.until ?? data.log.sequence
  const entries =
    token.since === undefined
      ? withLinks(rows, type, options, data)
      : changed(data.log.between(kept.table, token.since, until), kept, type, options)
  const page = pageOf(entries, token, type, options, request, setting)
  const shape = shaper(type, options, context, shapeSetting(request, setting), () => undefined)
  const minimal = workload === 'directory' && request.preferences.minimal
  const shown = page.rows.map((row) => entry(row, shape, workload, minimal))
  if (control.repeatDeltaItems) shown.push(...shown.slice(0, 1))
  const { next } = page
  const link = deltaLink(
    { ...token, ...(next ?? { from: 0, page: 0, since: until }), until: next && until },
    workload,
  )
  const about = workload === 'directory' ? context + selected(options) : `Collection(${shortName(type)})`
  return json(
    control.arrange({
      ...(request.metadata && { '@odata.context': `${request.base}/$metadata#${about}` }),
      ...(next === undefined
        ? { '@odata.deltaLink': link }
        : { '@odata.nextLink': control.nextLink(link, next.page) }),
      value: shown,
    }),
    request.metadata,
    preferenceApplied(request, workload, minimal),
  )
}

type Followed = Target & { kind: 'rows' } & { readonly kept: Kept }

/** The rows that are followed: mail folder by folder and events within a window, not all of either. */
function followed(
  { path, userId }: ReadRequest,
  { parameters }: QueryOptions,
  { model, data }: ReadSetting,
): Followed {
  const { target } = walk(path, { model, data, userId, parameters })
  const { rows, kept } = target.kind === 'rows' ? { rows: target.rows, kept: target.rows.kept } : {}
  const whole = kept?.table === rows && /\.(?:message|event)$/.test(target.type)
  if (target.kind === 'rows' && kept !== undefined && !whole) return { ...target, kept }
  throw badRequest(
    `Unsupported request: Change tracking is not supported against '${target.type}'`,
    'ErrorInvalidRequest',
  )
}

function pageOf(
  entries: Rows,
  { from, page }: DeltaToken,
  type: string,
  options: QueryOptions,
  { preferences }: ReadRequest,
  setting: ReadSetting,
): Page {
  const { control } = setting
  const size = pageSize(options, workloadOf(type), preferences.maximumPageSize, control.pageSize)
  const matches = matcher(type, options, setting)
  const test = matches && ((row: Row): boolean => row['@removed'] !== undefined || matches(row))
  const cursor = { from, left: undefined, page }
  return control.page(cursor, () => takePage(entries, test, cursor, size))
}

/** The token of the request, or that of a round which begins with it. */
function tokenOf(request: ReadRequest, workload: WorkloadName, log: ChangeLog): DeltaToken {
  const { options, rawQuery } = request
  const call = request.path.steps.at(-1)
  const given = call?.kind === 'function' ? call.arguments.get('token') : undefined
  const files = workload === 'files'
  const text = given ?? (files ? options.parameters.get('token') : (options.skiptoken ?? options.deltatoken))
  const pairs = rawQuery.split('&').filter((pair) => pair !== '')
  const others = pairs.filter((pair) => !/^(?:(?:\$|%24)(?:skip|delta)token|token)=/i.test(pair))
  const address = request.address.replace(/\([^()]*\)$/, '')
  const first = { address, query: others.join('&'), until: undefined, from: 0, page: 0 }
  if (text === undefined || text === '') return { ...first, since: undefined }
  // "From now on"; Outlook has no such thing.
  if (text === 'latest' && workload !== 'exchange') return { ...first, since: log.sequence }
  if (files && /^\d{4}-\d\d-\d\d/.test(text)) return { ...first, since: log.at(Date.parse(text)) }
  if (others.length > 0) throw badRequest('Query options are part of the token and must not be repeated.')
  return readDeltaToken(text, address)
}

/** Directory and Outlook write tokens as options, drives and lists as an argument of the function. */
function deltaLink(token: DeltaToken, workload: WorkloadName): string {
  const text = writeDeltaToken(token)
  if (workload === 'files') return `${token.address}(token='${text}')`
  return `${token.address}?${workload === 'exchange' ? '%24' : '$'}${token.until === undefined ? 'delta' : 'skip'}token=${text}`
}

/** The state that a token stands for is gone: `Location` says where to start over. */
function expired({ address, query }: DeltaToken, workload: WorkloadName, control: GraphControl): GraphError {
  const files = workload === 'files'
  const { status = 410, code = files ? 'resyncRequired' : 'syncStateNotFound' } = control.deltaRefusal
  const message = files
    ? "Resync required. Replace any local items with the server's version (including deletes)."
    : 'The sync state generation is not found.'
  const location = `${address}${query === '' ? '' : `?${query}`}`
  return new GraphError(status, code, message, status === 410 ? { Location: location } : {})
}

function preferenceApplied(
  { preferences }: ReadRequest,
  workload: WorkloadName,
  minimal: boolean,
): Record<string, string> {
  const applied =
    workload === 'exchange'
      ? ['odata.track-changes', preferences.applied].filter((text) => text !== '').join(', ')
      : minimal
        ? 'return=minimal'
        : ''
  return applied === '' ? {} : { 'Preference-Applied': applied }
}
