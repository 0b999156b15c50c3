import { callAction, callWith } from './action-call'
import type { Answer } from './answer'
import { remove, replace, update, upsert } from './changing'
import { startFileUpload, writeContent } from './content-writes'
import { create } from './creation'
import { setReference, writeReference } from './references'
import type { ActionOverload } from './model'
import type { ResourcePath } from './path'
import { immutable } from './reader'
import { walk, type Target } from './walk'
import { methodNotAllowed } from './write-errors'
import { walkSetting, type WriteRequest, type WriteSetting } from './write-request'
import { typeOf } from './rows'
import { workloadOf } from './workloads'

/** Answers everything but GET. */
export function write(given: WriteRequest, setting: WriteSetting): Answer {
  const request = { ...given, path: immutable(given.path) }
  const { method, path } = request
  const last = path.steps.at(-1)
  if (isContent(path)) return writeContent(request, setting)
  // The item that a session is for need not be there yet.
  if (last?.kind === 'action' && isFileUpload(last.overload))
    return callWith(last.overload, request, setting, (parameters) =>
      startFileUpload({ parameters, request, setting }),
    )
  if (last?.kind === '$ref' && method === 'PUT') return putReference(request, setting)
  return (method === 'PATCH' ? upsert(path, request, setting) : undefined) ?? writeTarget(request, setting)
}

export function isContent({ type, steps }: ResourcePath): boolean {
  return type === 'Edm.Stream' || steps.at(-1)?.kind === '$value'
}

function isFileUpload({ name, binding }: ActionOverload): boolean {
  return name === 'createUploadSession' && binding.type === 'microsoft.graph.driveItem'
}

function writeTarget(request: WriteRequest, setting: WriteSetting): Answer {
  const { method, path } = request
  const last = path.steps.at(-1)
  const { target, tail } = walk(path, walkSetting(request, setting))
  if (tail === '$ref') return writeReference(target, request, setting)
  if (tail !== undefined || target.kind === 'value') throw methodNotAllowed(workloadOf(path.type).name)
  if (last?.kind === 'action') return callAction(target, last.overload, request, setting)
  if (target.kind === 'row') return change(target, request, setting)
  if (method === 'POST') return create(target, request, setting)
  throw methodNotAllowed(workloadOf(target.type).name)
}

function change(target: Target & { kind: 'row' }, request: WriteRequest, setting: WriteSetting): Answer {
  switch (request.method) {
    case 'PATCH':
      return update(target, request, setting)
    case 'PUT':
      return replace(target, request, setting)
    case 'DELETE':
      return remove(target, request, setting)
    default:
      throw methodNotAllowed(workloadOf(target.type).name)
  }
}

/** A relationship to nobody yet can be set as well: only its owner need be there. */
function putReference(request: WriteRequest, setting: WriteSetting): Answer {
  const { path } = request
  const step = path.steps.at(-2)
  const { target } = walk({ ...path, steps: path.steps.slice(0, -2) }, walkSetting(request, setting))
  if (step?.kind !== 'navigation' || step.property.collection || target.kind !== 'row')
    throw methodNotAllowed(workloadOf(path.type).name)
  const via = { owner: target.row, type: typeOf(target.row, target.type), name: step.property.name }
  return setReference(via, request, setting)
}
