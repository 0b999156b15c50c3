import { SaxesParser } from 'saxes'

/** A structural or navigation property as the CSDL declares it. */
export interface Property {
  readonly name: string
  /** Qualified name of the type, that of the element for a collection. */
  readonly type: string
  readonly collection: boolean
  readonly navigation: boolean
  readonly contained: boolean
}

export interface StructuredType {
  /** Qualified name, such as `microsoft.graph.user`. */
  readonly name: string
  readonly base: string | undefined
  /** Open and without properties of its own (`fieldValueSet`): any name is a property. */
  readonly dynamic: boolean
  readonly hasStream: boolean
  readonly keys: readonly string[]
  readonly alternateKeys: readonly string[]
  readonly own: readonly Property[]
}

interface TypeReference {
  readonly type: string
  readonly collection: boolean
}

/** One declaration of a bound function: several may have its name. */
export interface FunctionOverload {
  readonly namespace: string
  readonly name: string
  readonly binding: TypeReference
  readonly parameters: readonly (TypeReference & { readonly name: string })[]
  readonly returns: TypeReference
  /** The path may go on behind it. */
  readonly composable: boolean
}

/** The types and the container of one CSDL document. */
export class Model {
  /** Entity sets and singletons by name. */
  readonly container = new Map<string, { type: string; collection: boolean }>()
  readonly enums = new Map<string, readonly string[]>()
  readonly functions: FunctionOverload[] = []
  readonly #types = new Map<string, StructuredType>()
  readonly #properties = new Map<string, ReadonlyMap<string, Property>>()

  constructor(readonly csdl: string) {
    readCsdl(csdl, this, (type) => this.#types.set(type.name, type))
  }

  type(name: string): StructuredType | undefined {
    return this.#types.get(name)
  }

  is(type: string, base: string): boolean {
    for (let at: string | undefined = type; at !== undefined; at = this.#types.get(at)?.base) {
      if (at === base) return true
    }
    return false
  }

  /**
   * The properties of a type with those of its base types, by lower-case name: Graph ignores case. Those of
   * derived types come last, as `directoryObjects?$select=displayName` is a usual request to Graph.
   */
  properties(type: string): ReadonlyMap<string, Property> {
    const known = this.#properties.get(type)
    if (known !== undefined) return known
    const all = new Map<string, Property>()
    const add = (from: StructuredType | undefined): void => {
      for (const property of from?.own ?? []) {
        const key = property.name.toLowerCase()
        if (!all.has(key)) all.set(key, property)
      }
    }
    for (let at: string | undefined = type; at !== undefined; at = this.#types.get(at)?.base)
      add(this.#types.get(at))
    for (const other of this.#types.values()) if (this.is(other.name, type)) add(other)
    this.#properties.set(type, all)
    return all
  }

  property(type: string, name: string): Property | undefined {
    const declared = this.properties(type).get(name.toLowerCase())
    if (declared !== undefined || this.#types.get(type)?.dynamic !== true) return declared
    return { name, type: 'Edm.Untyped', collection: false, navigation: false, contained: false }
  }

  keys(type: string): readonly string[] {
    for (let at = this.#types.get(type); at !== undefined; at = this.#types.get(at.base ?? '')) {
      if (at.keys.length > 0) return at.keys
    }
    return ['id']
  }

  /** The entity set that holds rows of a type: the context URL of what a navigation leads to. */
  setOf(type: string): string | undefined {
    for (const [name, target] of this.container) if (target.collection && target.type === type) return name
    return undefined
  }
}

type Attributes = Readonly<Record<string, string>>
type Draft = { -readonly [K in keyof StructuredType]: StructuredType[K] } & {
  keys: string[]
  alternateKeys: string[]
  own: Property[]
}

function readCsdl(csdl: string, model: Model, define: (type: StructuredType) => void): void {
  let namespace = ''
  let alias = ''
  let type: Draft | undefined
  let members: string[] = []
  let parameters: (TypeReference & { name: string })[] = []
  let called: Attributes = {}
  const qualified = (name: string): string =>
    alias !== '' && name.startsWith(`${alias}.`) ? `${namespace}${name.slice(alias.length)}` : name
  const open: Record<string, (attributes: Attributes) => void> = {
    Schema: (a) => {
      namespace = a['Namespace'] ?? ''
      alias = a['Alias'] ?? ''
    },
    EntityType: (a) => (type = draft(a)),
    ComplexType: (a) => (type = draft(a)),
    EnumType: (a) => model.enums.set(`${namespace}.${a['Name'] ?? ''}`, (members = [])),
    Member: (a) => members.push(a['Name'] ?? ''),
    PropertyRef: (a) => type?.keys.push(a['Name'] ?? ''),
    Property: (a) => type?.own.push(property(a, false)),
    NavigationProperty: (a) => type?.own.push(property(a, true)),
    PropertyValue: (a) => {
      if (a['PropertyPath'] !== undefined) type?.alternateKeys.push(a['PropertyPath'])
    },
    Function: (a) => {
      called = a
      parameters = []
    },
    Parameter: (a) => parameters.push({ name: a['Name'] ?? '', ...reference(a) }),
    ReturnType: (a) => {
      const [binding, ...others] = parameters
      const name = called['Name'] ?? ''
      const composable = called['IsComposable'] === 'true'
      if (binding === undefined) return
      model.functions.push({
        namespace,
        name,
        binding,
        parameters: others,
        returns: reference(a),
        composable,
      })
    },
    EntitySet: (a) =>
      model.container.set(a['Name'] ?? '', { type: qualified(a['EntityType'] ?? ''), collection: true }),
    Singleton: (a) =>
      model.container.set(a['Name'] ?? '', { type: qualified(a['Type'] ?? ''), collection: false }),
  }
  function draft(a: Attributes): Draft {
    return {
      name: `${namespace}.${a['Name'] ?? ''}`,
      base: a['BaseType'] === undefined ? undefined : qualified(a['BaseType']),
      dynamic: a['OpenType'] === 'true',
      hasStream: a['HasStream'] === 'true',
      keys: [],
      alternateKeys: [],
      own: [],
    }
  }
  function reference(a: Attributes): TypeReference {
    const declared = a['Type'] ?? 'Edm.String'
    const collection = declared.startsWith('Collection(')
    return { type: qualified(collection ? declared.slice('Collection('.length, -1) : declared), collection }
  }
  function property(a: Attributes, navigation: boolean): Property {
    return { name: a['Name'] ?? '', ...reference(a), navigation, contained: a['ContainsTarget'] === 'true' }
  }
  const parser = new SaxesParser()
  parser.on('opentag', (tag) => open[tag.name]?.(tag.attributes))
  parser.on('closetag', (tag) => {
    if (type === undefined || (tag.name !== 'EntityType' && tag.name !== 'ComplexType')) return
    define({ ...type, dynamic: type.dynamic && type.own.length === 0 })
    type = undefined
  })
  parser.write(csdl).close()
}
