import {
  bindingKey,
  qualified,
  typeReference,
  type Described,
  type Model,
  type ModelOperation,
  type ModelType,
} from './model'

/** What annotations say that we care for. */
export interface Annotated extends Described {
  alternateKeys?: string[][]
  optional?: true
}

/**
 * Gives what stands apart (`<Annotations Target="...">`, OData CSDL XML v4.01, 14.2) to what it is about. Everything is
 * looked up by name: a document may have as many targets as it has things that they could mean.
 *
 * @param containers by qualified name.
 */
export function applyAnnotations(
  model: Model,
  operations: readonly ModelOperation[],
  containers: ReadonlySet<string>,
  targets: ReadonlyMap<string, Annotated>,
): void {
  const resources = firstByName(model.resources, ({ name }) => name)
  const overloads = firstByName(operations, (operation) => signatureOf(model, operation))
  const parts = new Map<ModelType, ReadonlyMap<string, Annotated>>()
  for (const [target, annotated] of targets) {
    const [, name = '', overload = '', part = ''] =
      /^([^/(]*)(\([^)]*(?:\)[^/]*)?)?\/?(.*)$/u.exec(target) ?? []
    const owner = qualified(model, name)
    const type = model.types.get(owner)
    if (type !== undefined && part !== '') {
      const known = parts.get(type) ?? partsOf(type)
      parts.set(type, known)
      describe(known.get(part), annotated)
    } else if (type !== undefined) describe(type, annotated)
    else if (containers.has(owner)) describe(resources.get(part), annotated)
    else if (overload !== '' && part === '') {
      const types = overload.slice(1, -1).split(',')
      describe(overloads.get(signature(model, owner, types)), annotated)
    }
  }
}

/** Properties come first where a name is both. */
function partsOf({ properties, navigation }: ModelType): ReadonlyMap<string, Annotated> {
  return firstByName<Annotated & { readonly name: string }>(
    [...properties, ...navigation],
    ({ name }) => name,
  )
}

/** `microsoft.graph.cancel(microsoft.graph.bookingAppointment, Edm.String)` names an overload by its parameters. */
function signatureOf(model: Model, { namespace, name, parameters }: ModelOperation): string {
  return signature(
    model,
    `${namespace}.${name}`,
    parameters.map(({ type }) => type),
  )
}

function signature(model: Model, name: string, types: readonly string[]): string {
  const written = types.map((type) => bindingKey(typeReference(model, type.trim())))
  return `${name}(${written.join(',')})`
}

function firstByName<T>(all: readonly T[], nameOf: (one: T) => string): Map<string, T> {
  const byName = new Map<string, T>()
  for (const one of all) {
    const name = nameOf(one)
    if (!byName.has(name)) byName.set(name, one)
  }
  return byName
}

function describe(subject: Annotated | undefined, { description, alternateKeys }: Annotated): void {
  if (subject === undefined) return
  if (description !== undefined) subject.description = description
  if (alternateKeys !== undefined) subject.alternateKeys?.push(...alternateKeys)
}
