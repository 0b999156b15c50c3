import { SaxesParser } from 'saxes'

/** A structural or navigation property as the CSDL declares it. */
export interface Property {
  readonly name: string
  /** Qualified name of the type, that of the element for a collection. */
  readonly type: string
  readonly collection: boolean
  readonly navigation: boolean
  readonly contained: boolean
  readonly nullable: boolean
}

export interface StructuredType {
  /** Qualified name, such as `microsoft.graph.user`. */
  readonly name: string
  readonly base: string | undefined
  /** Open and without properties that may be missing (`fieldValueSet`, `openTypeExtension`): any name is one. */
  readonly dynamic: boolean
  readonly abstract: boolean
  readonly open: boolean
  readonly hasStream: boolean
  readonly keys: readonly string[]
  readonly alternateKeys: readonly string[]
  readonly own: readonly Property[]
}

export interface TypeReference {
  readonly type: string
  readonly collection: boolean
}

export interface Parameter extends TypeReference {
  readonly name: string
  readonly nullable: boolean
}

/** One declaration of a bound function: several may have its name. */
export interface FunctionOverload {
  readonly namespace: string
  readonly name: string
  readonly binding: TypeReference
  readonly parameters: readonly Parameter[]
  readonly returns: TypeReference
  /** The path may go on behind it. */
  readonly composable: boolean
}

/** One declaration of a bound action: what is called by POST. */
export interface ActionOverload extends Omit<FunctionOverload, 'returns' | 'composable'> {
  readonly returns: TypeReference | undefined
}

/** The types and the container of one CSDL document. */
export class Model {
  /** Entity sets and singletons by name. */
  readonly container = new Map<string, { type: string; collection: boolean }>()
  readonly enums = new Map<string, readonly string[]>()
  readonly functions: FunctionOverload[] = []
  readonly actions: ActionOverload[] = []
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
    return {
      name,
      type: 'Edm.Untyped',
      collection: false,
      navigation: false,
      contained: false,
      nullable: true,
    }
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
  let parameters: Parameter[] = []
  let called: Attributes = {}
  let returns: TypeReference | undefined
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
    Function: begin,
    Action: begin,
    Parameter: (a) => parameters.push({ name: a['Name'] ?? '', ...reference(a), nullable: isNullable(a) }),
    ReturnType: (a) => (returns = reference(a)),
    EntitySet: (a) =>
      model.container.set(a['Name'] ?? '', { type: qualified(a['EntityType'] ?? ''), collection: true }),
    Singleton: (a) =>
      model.container.set(a['Name'] ?? '', { type: qualified(a['Type'] ?? ''), collection: false }),
  }
  const close: Record<string, () => void> = {
    EntityType: endType,
    ComplexType: endType,
    Function: () => {
      const bound = operation()
      const composable = called['IsComposable'] === 'true'
      if (bound !== undefined && returns !== undefined)
        model.functions.push({ ...bound, returns, composable })
    },
    Action: () => {
      const bound = operation()
      if (bound !== undefined) model.actions.push({ ...bound, returns })
    },
  }
  function begin(a: Attributes): void {
    called = a
    parameters = []
    returns = undefined
  }
  function operation(): Omit<ActionOverload, 'returns'> | undefined {
    const [binding, ...others] = parameters
    return binding && { namespace, name: called['Name'] ?? '', binding, parameters: others }
  }
  function endType(): void {
    if (type === undefined) return
    define({ ...type, dynamic: type.dynamic && type.own.every(({ nullable }) => !nullable) })
    type = undefined
  }
  function draft(a: Attributes): Draft {
    return {
      name: `${namespace}.${a['Name'] ?? ''}`,
      base: a['BaseType'] === undefined ? undefined : qualified(a['BaseType']),
      dynamic: a['OpenType'] === 'true',
      abstract: a['Abstract'] === 'true',
      open: a['OpenType'] === 'true',
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
    return {
      name: a['Name'] ?? '',
      ...reference(a),
      navigation,
      contained: a['ContainsTarget'] === 'true',
      nullable: isNullable(a),
    }
  }
  const parser = new SaxesParser()
  parser.on('opentag', (tag) => open[tag.name]?.(tag.attributes))
  parser.on('closetag', (tag) => close[tag.name]?.())
  parser.write(csdl).close()
}

function isNullable(a: Attributes): boolean {
  return a['Nullable'] !== 'false'
}
