import type { ActionCall, ActionResult } from './action-call'
import { json, noContent, type Answer } from './answer'
import { contentOf, type Content } from './contents'
import { GraphError } from './errors'
import { conflictNamed, type FilePlace } from './files'
import type { ResourcePath } from './path'
import { entityBody, etagHeader } from './reader'
import type { Row } from './rows'
import { walk } from './walk'
import { methodNotAllowed } from './write-errors'
import { checkEtag, checkLock, walkSetting, type WriteRequest, type WriteSetting } from './write-request'
import { workloadOf } from './workloads'

/** What can be uploaded with one request. */
export const largestContent = 250 * 1024 * 1024

/** PUT of `content`, where the item may be one that is not there yet, and of `$value`. */
export function writeContent(request: WriteRequest, setting: WriteSetting): Answer {
  const { path, method } = request
  const { data } = setting
  const { files } = data
  if (method !== 'PUT') throw methodNotAllowed(workloadOf(path.type).name)
  const steps = path.steps.slice(0, -1)
  if (path.steps.at(-1)?.kind === '$value') {
    const { target } = walk({ ...path, steps }, walkSetting(request, setting))
    if (target.kind !== 'row' || data.media === undefined) throw methodNotAllowed(workloadOf(path.type).name)
    checkLock(target.row, setting)
    data.media(target.row, request.body, request.header('content-type') ?? '')
    return { ...noContent(), status: 200 }
  }
  if (files === undefined) throw methodNotAllowed('files')
  const place = placeOf({ ...path, steps }, request, setting)
  const conflict =
    conflictNamed(request.options.parameters.get('@microsoft.graph.conflictbehavior')) ?? 'replace'
  const { row, created } = files.write(place, contentOf(request.body), conflict)
  return itemAnswer(row, created, request, setting)
}

/** A session for a file whose bytes come in ranges. */
export function startFileUpload({
  parameters,
  request,
  setting,
}: Omit<ActionCall, 'row' | 'rows' | 'via'>): ActionResult {
  const { files } = setting.data
  if (files === undefined) throw methodNotAllowed('files')
  const place = placeOf({ ...request.path, steps: request.path.steps.slice(0, -1) }, request, setting)
  const item = (parameters.get('item') ?? {}) as Row
  const size = item['fileSize'] === undefined ? undefined : Number(item['fileSize'])
  files.checkRoom(place, size ?? 0)
  const given = conflictNamed(item['@microsoft.graph.conflictBehavior'])
  // Whoever names an item by its id means the item that is there.
  const conflict = given ?? (place.names.length === 0 ? 'replace' : 'fail')
  const { name, fileSystemInfo } = item
  const finish = (content: Content): Answer => {
    const { row, created } = files.write(place, content, conflict, { name, fileSystemInfo })
    return itemAnswer(row, created, request, setting)
  }
  return { value: setting.uploads.start('file', size, finish) }
}

function itemAnswer(row: Row, created: boolean, request: WriteRequest, setting: WriteSetting): Answer {
  const target = { row, type: 'microsoft.graph.driveItem', context: 'driveItems' }
  const body = entityBody(
    target,
    { ...request, options: { ...request.options, select: undefined, expand: [] } },
    setting,
    undefined,
  )
  return { ...json(body, request.metadata, etagHeader(row)), status: created ? 201 : 200 }
}

/** The item that a path leads to, or would lead to: `root:/a/b.txt:`, `items/{folder}:/b.txt:`. */
function placeOf(path: ResourcePath, request: WriteRequest, setting: WriteSetting): FilePlace {
  const last = path.steps.at(-1)
  const names = last?.kind === 'path' ? last.names : []
  const steps = names.length === 0 ? path.steps : path.steps.slice(0, -1)
  const { target } = walk({ ...path, steps }, walkSetting(request, setting))
  if (target.kind !== 'row') throw new GraphError(400, 'invalidRequest', 'A file is written to one item.')
  const existing = names.length === 0 ? target.row : setting.data.atPath(target.row, names)
  if (existing !== undefined) {
    checkLock(existing, setting)
    checkEtag(existing, 'microsoft.graph.driveItem', request, false)
  }
  return { anchor: target.row, names, existing }
}
