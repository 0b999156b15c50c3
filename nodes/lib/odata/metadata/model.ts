/**
 * A service's metadata in memory, close to what the document says: names of types are kept as they were written
 * (`Collection(graph.message)`) and shared, and looked up only when somebody asks. Names from outside are keys of
 * Maps, never of objects.
 */
export interface Model {
  /** By qualified name; namespaces only, no aliases. */
  readonly types: Map<string, ModelType>
  /** By the qualified name of the type that they are bound to, with `Collection(...)` around it or not. */
  readonly operations: Map<string, ModelOperation[]>
  /** Those that are bound to nothing, by their own qualified name. */
  readonly unbound: Map<string, ModelOperation[]>
  readonly resources: ModelResource[]
  readonly aliases: Map<string, string>
  /** By the qualified name of the base type. */
  readonly derived: Map<string, string[]>
}

export interface Described {
  description?: string
}

export interface ModelType extends Described {
  readonly name: string
  readonly kind: 'entity' | 'complex' | 'enum'
  /** As written. */
  readonly base: string | undefined
  readonly abstract: boolean
  readonly open: boolean
  readonly hasStream: boolean
  readonly flags: boolean
  readonly key: string[]
  readonly alternateKeys: string[][]
  readonly properties: ModelProperty[]
  readonly navigation: ModelNavigation[]
  readonly members: string[]
}

export interface ModelProperty extends Described {
  readonly name: string
  /** As written. */
  readonly type: string
  readonly nullable: boolean
}

export interface ModelNavigation extends Described {
  readonly name: string
  /** As written. */
  readonly type: string
  readonly containsTarget: boolean
}

export interface ModelOperation extends Described {
  readonly name: string
  readonly namespace: string
  readonly kind: 'action' | 'function'
  readonly bound: boolean
  /** The binding parameter first, where there is one. */
  readonly parameters: ModelParameter[]
  /** As written; undefined where it returns nothing. */
  returns?: string
}

export interface ModelParameter extends Described {
  readonly name: string
  /** As written. */
  readonly type: string
  readonly nullable: boolean
  optional?: true
}

export interface ModelResource extends Described {
  readonly name: string
  readonly kind: 'set' | 'singleton' | 'functionImport' | 'actionImport'
  /** Of a set and a singleton their type, of an import its operation; as written. */
  readonly target: string
}

export interface TypeReference {
  /** Qualified by namespace. */
  readonly name: string
  readonly collection: boolean
}

export function emptyModel(): Model {
  return {
    types: new Map(),
    operations: new Map(),
    unbound: new Map(),
    resources: [],
    aliases: new Map(),
    derived: new Map(),
  }
}

/** `Collection(graph.message)` gives `microsoft.graph.message`, a collection. */
export function typeReference(model: Model, written: string): TypeReference {
  const inner = /^Collection\((.*)\)$/u.exec(written)?.[1]
  return { name: qualified(model, (inner ?? written).trim()), collection: inner !== undefined }
}

/** With the namespace in place of its alias. */
export function qualified(model: Model, name: string): string {
  const dot = name.lastIndexOf('.')
  const namespace = model.aliases.get(name.slice(0, Math.max(dot, 0)))
  return namespace === undefined ? name : `${namespace}.${name.slice(dot + 1)}`
}

/** How operations are filed by what they are bound to. */
export function bindingKey({ name, collection }: TypeReference): string {
  return collection ? `Collection(${name})` : name
}

/** The type and its bases, the nearest first; a circle of bases ends where it closes. */
export function lineage(model: Model, name: string): ModelType[] {
  const line = new Set<ModelType>()
  let type = model.types.get(name)
  while (type !== undefined && !line.has(type)) {
    line.add(type)
    type = type.base === undefined ? undefined : model.types.get(qualified(model, type.base))
  }
  return [...line]
}
