import type {
  NavigationDetail,
  OperationDetail,
  ParameterDetail,
  PropertyDetail,
  ResourceName,
  TypeDetails,
} from './details'
import {
  bindingKey,
  lineage,
  qualified,
  typeReference,
  type Described,
  type Model,
  type ModelNavigation,
  type ModelOperation,
  type ModelParameter,
  type ModelProperty,
  type ModelResource,
  type ModelType,
  type TypeReference,
} from './model'

/** What a type offers, what it inherits included. Undefined for a type that the metadata does not describe. */
export function typeDetails(model: Model, name: string): TypeDetails | undefined {
  const line = lineage(model, name)
  const [type] = line
  if (type === undefined) return primitive(name)
  const basesFirst = line.toReversed()
  return {
    name: type.name,
    kind: type.kind,
    ...described(type),
    baseTypes: line.slice(1).map((base) => base.name),
    derivedTypes: derivedTypes(model, name),
    abstract: type.abstract,
    open: line.some(({ open }) => open),
    hasStream: line.some(({ hasStream }) => hasStream),
    key: line.find(({ key }) => key.length > 0)?.key ?? [],
    alternateKeys: line.flatMap(({ alternateKeys }) => alternateKeys),
    properties: basesFirst.flatMap(({ properties }) =>
      properties.map((property) => propertyDetail(model, property)),
    ),
    navigation: basesFirst.flatMap(({ navigation }) =>
      navigation.map((property) => navigationDetail(model, property)),
    ),
    operations: boundOperations(model, { name: type.name, collection: false }).map((operation) =>
      operationDetail(model, operation),
    ),
    members: type.members,
    flags: type.flags,
  }
}

/**
 * What is bound to a type or its bases. The nearest type's overloads stand for those of its bases: a name alone does
 * not tell an operation (Graph has 32 that are called `delta`).
 */
export function boundOperations(model: Model, { name, collection }: TypeReference): ModelOperation[] {
  const found: ModelOperation[] = []
  const names = model.types.has(name) ? lineage(model, name).map((type) => type.name) : [name]
  for (const each of names) {
    const nearer = new Set(found.map((operation) => operation.name))
    const bound = model.operations.get(bindingKey({ name: each, collection })) ?? []
    found.push(...bound.filter((operation) => !nearer.has(operation.name)))
  }
  return found
}

export function operationDetail(model: Model, operation: ModelOperation): OperationDetail {
  const parameters = operation.parameters
    .slice(operation.bound ? 1 : 0)
    .map((parameter) => parameterDetail(model, parameter))
  const { name, namespace, kind, returns } = operation
  const qualifiedName = `${namespace}.${name}`
  const reference = returns === undefined ? undefined : typeReference(model, returns)
  return {
    name,
    qualifiedName,
    kind,
    parameters,
    ...(reference === undefined
      ? {}
      : { returns: { type: reference.name, collection: reference.collection } }),
    segment: segmentOf(kind, callableName(operation, qualifiedName), parameters),
    ...described(operation),
  }
}

export function resourceName(model: Model, resource: ModelResource): ResourceName {
  const { name, kind, target } = resource
  const type = targetType(model, resource)
  const about =
    resource.description ?? (type === undefined ? undefined : model.types.get(type.name)?.description)
  return {
    name,
    kind,
    type: type?.name ?? qualified(model, target),
    ...(about === undefined ? {} : { description: about }),
  }
}

/** What an item of a set or a singleton is; of an import, what its operation returns. */
export function targetType(model: Model, { kind, target }: ModelResource): TypeReference | undefined {
  if (kind === 'set') return { ...typeReference(model, target), collection: true }
  if (kind === 'singleton') return typeReference(model, target)
  const [operation] = unboundOperations(model, target)
  return operation?.returns === undefined ? undefined : typeReference(model, operation.returns)
}

/** The overloads behind an import. */
export function unboundOperations(model: Model, target: string): ModelOperation[] {
  return model.unbound.get(qualified(model, target)) ?? []
}

function propertyDetail(model: Model, property: ModelProperty): PropertyDetail {
  const { name: type, collection } = typeReference(model, property.type)
  const target = model.types.get(type)
  return {
    name: property.name,
    type,
    typeKind: target?.kind ?? (type.startsWith('Edm.') ? 'primitive' : 'unknown'),
    collection,
    nullable: property.nullable,
    ...members(target),
    ...described(property),
  }
}

function navigationDetail(model: Model, navigation: ModelNavigation): NavigationDetail {
  const { name: type, collection } = typeReference(model, navigation.type)
  const { name, containsTarget } = navigation
  return { name, type, collection, containsTarget, ...described(navigation) }
}

function parameterDetail(model: Model, parameter: ModelParameter): ParameterDetail {
  const { name: type, collection } = typeReference(model, parameter.type)
  const { name, nullable, optional = false } = parameter
  return {
    name,
    type,
    collection,
    nullable,
    optional,
    ...members(model.types.get(type)),
    ...described(parameter),
  }
}

function members(type: ModelType | undefined): { readonly members?: readonly string[] } {
  return type?.kind === 'enum' ? { members: type.members } : {}
}

function described({ description }: Described): { readonly description?: string } {
  return description === undefined ? {} : { description }
}

/** All of them, however deep. */
function derivedTypes(model: Model, name: string): string[] {
  const found = new Set<string>()
  const pending = [name]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const derived of model.derived.get(next) ?? []) {
      if (found.has(derived) || derived === name) continue
      found.add(derived)
      pending.push(derived)
    }
  }
  return [...found].sort()
}

/**
 * OData wants the qualified name of what is bound; Graph takes the short one as well, and its documentation uses
 * nothing else.
 */
function callableName({ name, bound, namespace }: ModelOperation, qualifiedName: string): string {
  return !bound || namespace.startsWith('microsoft.graph') ? name : qualifiedName
}

/**
 * An action's parameters travel in the body. Those of a function stand in the path: optional ones are left out (then
 * the service takes its default), texts and enumerations stand in quotes (OData URL Conventions v4.01, 5.1.1).
 */
function segmentOf(
  kind: OperationDetail['kind'],
  name: string,
  parameters: readonly ParameterDetail[],
): string {
  if (kind === 'action') return name
  const needed = parameters.filter(({ optional }) => !optional)
  return `${name}(${needed.map((parameter) => `${parameter.name}=${placeholder(parameter)}`).join(',')})`
}

function placeholder({ name, type, collection, members: ofEnum }: ParameterDetail): string {
  if (collection) return `{${name}}`
  if (type === 'Edm.String') return `'{${name}}'`
  if (ofEnum === undefined) return `{${name}}`
  // Graph's documentation leaves the type's name out.
  return type.startsWith('microsoft.graph.') ? `'{${name}}'` : `${type}'{${name}}'`
}

function primitive(name: string): TypeDetails | undefined {
  if (!name.startsWith('Edm.')) return undefined
  return {
    name,
    kind: 'primitive',
    baseTypes: [],
    derivedTypes: [],
    abstract: false,
    open: false,
    hasStream: false,
    key: [],
    alternateKeys: [],
    properties: [],
    navigation: [],
    operations: [],
    members: [],
    flags: false,
  }
}
