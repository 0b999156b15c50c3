import { applyAnnotations, type Annotated } from './annotation-targets'
import {
  bindingKey,
  emptyModel,
  qualified,
  typeReference,
  type Model,
  type ModelOperation,
  type ModelParameter,
  type ModelType,
} from './model'
import { Strings } from './strings'

/** An element's attributes; saxes gives them without a prototype. */
export type Attributes = Readonly<Record<string, string>>

/** What an open element means for those inside it. */
interface Frame {
  readonly element: string
  readonly type?: ModelType
  readonly operation?: ModelOperation
  readonly parameter?: ModelParameter
  /** What an annotation inside it is about. */
  readonly subject?: Annotated
  /** The annotation that it is or stands in. */
  readonly term?: string
}

type Open = (frame: Frame, attributes: Attributes) => Omit<Frame, 'element'>

const CORE = 'Org.OData.Core.V1'

/**
 * Puts a model together from the elements of a CSDL document as they come (OData CSDL XML v4.01). Elements and terms
 * that are of no use here, or unknown, are passed over.
 */
export class CsdlBuilder {
  readonly #model = emptyModel()
  readonly #strings = new Strings()
  readonly #operations: ModelOperation[] = []
  /** Annotations that stand apart, by what they are about. */
  readonly #targets = new Map<string, Annotated>()
  readonly #stack: Frame[] = [{ element: '' }]
  readonly #container = new Set<string>()
  #namespace = ''
  /** Text inside an element that holds a value as text. */
  #text: string | undefined

  open(name: string, attributes: Attributes): void {
    const element = name.slice(name.indexOf(':') + 1)
    const outer = this.#stack.at(-1) ?? { element: '' }
    const handler = this.#handlers.get(element)
    this.#stack.push({ element, ...handler?.(outer, attributes) })
  }

  text(text: string): void {
    if (this.#text !== undefined) this.#text += text
  }

  close(): void {
    const frame = this.#stack.pop()
    if (this.#text === undefined || frame === undefined) return
    if (frame.element !== 'String' && frame.element !== 'PropertyPath') return
    const text = this.#text.trim()
    this.#text = undefined
    this.#annotate(frame, frame.element, text)
  }

  /** The whole document has been seen: whatever refers to something else can now be connected. */
  finish(): Model {
    const model = this.#model
    applyAnnotations(model, this.#operations, this.#container, this.#targets)
    for (const type of model.types.values()) {
      if (type.base === undefined) continue
      addTo(model.derived, qualified(model, type.base), type.name)
    }
    for (const operation of this.#operations) {
      const binding = operation.bound ? operation.parameters[0] : undefined
      if (binding === undefined) addTo(model.unbound, `${operation.namespace}.${operation.name}`, operation)
      else addTo(model.operations, bindingKey(typeReference(model, binding.type)), operation)
    }
    return model
  }

  get isEmpty(): boolean {
    return this.#model.types.size === 0 && this.#model.resources.length === 0
  }

  readonly #handlers: ReadonlyMap<string, Open> = new Map<string, Open>([
    ['Include', (_, { Namespace, Alias }) => this.#alias(Namespace, Alias)],
    ['Schema', (_, attributes) => this.#schema(attributes)],
    ['EntityType', (_, attributes) => this.#type('entity', attributes)],
    ['ComplexType', (_, attributes) => this.#type('complex', attributes)],
    ['EnumType', (_, attributes) => this.#type('enum', attributes)],
    ['Member', ({ type }, { Name = '' }) => this.#member(type, Name)],
    ['Key', ({ type }) => (type === undefined ? {} : { type })],
    ['PropertyRef', (frame, { Name = '' }) => this.#keyPart(frame, Name)],
    ['Property', ({ type }, attributes) => this.#property(type, attributes)],
    ['NavigationProperty', ({ type }, attributes) => this.#navigation(type, attributes)],
    ['Action', (_, attributes) => this.#operation('action', attributes)],
    ['Function', (_, attributes) => this.#operation('function', attributes)],
    ['Parameter', ({ operation }, attributes) => this.#parameter(operation, attributes)],
    ['ReturnType', ({ operation }, { Type = '' }) => this.#returns(operation, Type)],
    ['EntityContainer', (_, { Name = '' }) => this.#inContainer(Name)],
    ['EntitySet', (_, { Name, EntityType }) => this.#resource('set', Name, EntityType)],
    ['Singleton', (_, { Name, Type }) => this.#resource('singleton', Name, Type)],
    [
      'FunctionImport',
      (_, attributes) => this.#resource('functionImport', attributes['Name'], attributes['Function']),
    ],
    [
      'ActionImport',
      (_, attributes) => this.#resource('actionImport', attributes['Name'], attributes['Action']),
    ],
    ['Annotations', (_, { Target = '' }) => ({ subject: this.#target(Target) })],
    ['Annotation', (frame, attributes) => this.#annotation(frame, attributes)],
    ['Collection', inside],
    ['Record', inside],
    ['PropertyValue', (frame, attributes) => this.#propertyValue(frame, attributes)],
    ['String', (frame) => this.#textOf(frame)],
    ['PropertyPath', (frame) => this.#textOf(frame)],
  ])

  #alias(namespace = '', alias = ''): object {
    if (alias !== '') this.#model.aliases.set(this.#strings.keep(alias), this.#strings.keep(namespace))
    return {}
  }

  #schema({ Namespace = '', Alias }: Attributes): object {
    this.#namespace = this.#strings.keep(Namespace)
    return this.#alias(Namespace, Alias)
  }

  #type(kind: ModelType['kind'], attributes: Attributes): Omit<Frame, 'element'> {
    const base = attributes['BaseType']
    const type: ModelType = {
      name: this.#strings.keep(`${this.#namespace}.${attributes['Name'] ?? ''}`),
      kind,
      base: base === undefined ? undefined : this.#strings.keep(base),
      abstract: attributes['Abstract'] === 'true',
      open: attributes['OpenType'] === 'true',
      hasStream: attributes['HasStream'] === 'true',
      flags: attributes['IsFlags'] === 'true',
      key: [],
      alternateKeys: [],
      properties: [],
      navigation: [],
      members: [],
    }
    this.#model.types.set(type.name, type)
    return { type, subject: type }
  }

  #member(type: ModelType | undefined, name: string): object {
    type?.members.push(this.#strings.keep(name))
    return {}
  }

  #keyPart({ element, type }: Frame, name: string): object {
    if (element === 'Key') type?.key.push(this.#strings.keep(name))
    return {}
  }

  #property(type: ModelType | undefined, attributes: Attributes): object {
    const property = {
      name: this.#strings.keep(attributes['Name'] ?? ''),
      type: this.#strings.keep(attributes['Type'] ?? 'Edm.String'),
      nullable: attributes['Nullable'] !== 'false',
    }
    type?.properties.push(property)
    return { subject: property }
  }

  #navigation(type: ModelType | undefined, attributes: Attributes): object {
    // OData 3 and before say it in another way.
    if (attributes['Type'] === undefined) return {}
    const navigation = {
      name: this.#strings.keep(attributes['Name'] ?? ''),
      type: this.#strings.keep(attributes['Type']),
      containsTarget: attributes['ContainsTarget'] === 'true',
    }
    type?.navigation.push(navigation)
    return { subject: navigation }
  }

  #operation(kind: ModelOperation['kind'], attributes: Attributes): Omit<Frame, 'element'> {
    const operation: ModelOperation = {
      name: this.#strings.keep(attributes['Name'] ?? ''),
      namespace: this.#namespace,
      kind,
      bound: attributes['IsBound'] === 'true',
      parameters: [],
    }
    this.#operations.push(operation)
    return { operation, subject: operation }
  }

  #parameter(operation: ModelOperation | undefined, attributes: Attributes): Omit<Frame, 'element'> {
    if (operation === undefined) return {}
    const parameter: ModelParameter = {
      name: this.#strings.keep(attributes['Name'] ?? ''),
      type: this.#strings.keep(attributes['Type'] ?? 'Edm.String'),
      nullable: attributes['Nullable'] !== 'false',
    }
    operation.parameters.push(parameter)
    return { parameter, subject: parameter }
  }

  #returns(operation: ModelOperation | undefined, type: string): object {
    if (operation !== undefined) operation.returns = this.#strings.keep(type)
    return {}
  }

  #inContainer(name: string): object {
    this.#container.add(`${this.#namespace}.${name}`)
    return {}
  }

  #resource(kind: Model['resources'][number]['kind'], name = '', target = ''): object {
    const resource = { name: this.#strings.keep(name), kind, target: this.#strings.keep(target) }
    this.#model.resources.push(resource)
    return { subject: resource }
  }

  #target(target: string): Annotated {
    const annotated = this.#targets.get(target) ?? {}
    this.#targets.set(this.#strings.keep(target), annotated)
    return annotated
  }

  #annotation({ subject }: Frame, { Term = '', String: text }: Attributes): Omit<Frame, 'element'> {
    if (subject === undefined) return {}
    const term = qualified(this.#model, Term)
    const frame = { subject, term }
    if (term === `${CORE}.OptionalParameter`) subject.optional = true
    if (text !== undefined) this.#annotate(frame, 'String', text)
    return frame
  }

  #propertyValue(frame: Frame, { Property, PropertyPath }: Attributes): Omit<Frame, 'element'> {
    if (frame.term !== `${CORE}.AlternateKeys`) return {}
    if (Property === 'Key' && frame.subject !== undefined) (frame.subject.alternateKeys ??= []).push([])
    if (Property !== 'Key' && Property !== 'Name') return {}
    if (PropertyPath !== undefined) this.#annotate(frame, 'PropertyPath', PropertyPath)
    return inside(frame)
  }

  #textOf(frame: Frame): Omit<Frame, 'element'> {
    if (frame.term !== undefined) this.#text = ''
    return inside(frame)
  }

  #annotate({ subject, term }: Pick<Frame, 'subject' | 'term'>, kind: string, value: string): void {
    if (subject === undefined) return
    if (kind === 'PropertyPath') {
      if (term === `${CORE}.AlternateKeys`) subject.alternateKeys?.at(-1)?.push(this.#strings.keep(value))
    } else if (term === `${CORE}.Description`) subject.description = this.#strings.copy(value)
    else if (term === `${CORE}.LongDescription`) subject.description ??= this.#strings.copy(value)
  }
}

function inside({ subject, term }: Frame): Omit<Frame, 'element'> {
  return term === undefined || subject === undefined ? {} : { subject, term }
}

function addTo<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}
