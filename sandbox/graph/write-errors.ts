import { GraphError } from './errors'
import { shortName } from './rows'
import type { WorkloadName } from './workloads'

/** The words in which each service behind Graph refuses a body. */
interface Words {
  readonly code: string
  unknown(name: string, type: string): string
  invalid(name: string, type: string, expected: string): string
  missing(name: string, type: string): string
  readOnly(name: string, type: string): string
}

const resource = (type: string): string => {
  const name = shortName(type)
  return name.charAt(0).toUpperCase() + name.slice(1)
}

const common = {
  unknown: (name: string, type: string) =>
    `The property '${name}' does not exist on type '${type}'. Make sure to only use property names that are defined by the type.`,
  invalid: (name: string, _type: string, expected: string) =>
    `Cannot convert the value of property '${name}' to the expected type '${expected}'.`,
  missing: (name: string, type: string) => `The property '${name}' of type '${type}' is required.`,
  readOnly: (name: string, type: string) => `The property '${name}' of type '${type}' is read-only.`,
}

const words: Readonly<Record<WorkloadName, Words>> = {
  directory: {
    code: 'Request_BadRequest',
    unknown: (name) => `Invalid property '${name}'.`,
    invalid: (name, type) =>
      `Invalid value specified for property '${name}' of resource '${resource(type)}'.`,
    missing: (name, type) => `A value is required for property '${name}' of resource '${resource(type)}'.`,
    readOnly: (name) => `Property '${name}' is read-only and cannot be set.`,
  },
  exchange: { code: 'RequestBodyRead', ...common },
  files: { code: 'invalidRequest', ...common },
  planner: { code: '', ...common },
  open: { code: 'BadRequest', ...common },
}

export type Refusal = 'unknown' | 'invalid' | 'missing' | 'readOnly'

/** 400 for one property of a body; `type` is the one that it stands in, `expected` what its value should be. */
export function refuseProperty(
  workload: WorkloadName,
  refusal: Refusal,
  name: string,
  type: string,
  expected = '',
): GraphError {
  const service = words[workload]
  return new GraphError(400, service.code, service[refusal](name, type, expected))
}

/** The body as a whole is not what was asked for. */
export function refuseBody(workload: WorkloadName, message: string): GraphError {
  return new GraphError(400, words[workload].code, message)
}

export function nameTaken(message = 'An item with the same name already exists.'): GraphError {
  return new GraphError(409, 'nameAlreadyExists', message)
}

export function preconditionFailed(workload: WorkloadName): GraphError {
  const code =
    workload === 'files'
      ? 'resourceModified'
      : workload === 'exchange'
        ? 'ErrorIrresolvableConflict'
        : 'PreconditionFailed'
  return new GraphError(
    412,
    code,
    'The ETag value in the If-Match header does not match the current ETag value.',
  )
}

/** An item that somebody else has open. */
export function locked(): GraphError {
  return new GraphError(423, 'resourceLocked', 'The resource you are attempting to access is locked.')
}

export function methodNotAllowed(workload: WorkloadName): GraphError {
  const message = 'Specified HTTP method is not allowed for the request target.'
  const code =
    workload === 'files'
      ? 'notAllowed'
      : workload === 'exchange'
        ? 'ErrorInvalidRequest'
        : 'Request_BadRequest'
  return new GraphError(405, code, message)
}
