/**
 * What can be told of a service's metadata, in plain data: it travels to the dialog as it is. This file holds types
 * only, and depends on nothing, because the dialog's code is compiled against it.
 */

/** What stands at the beginning of a path. */
export interface ResourceName {
  readonly name: string
  readonly kind: 'set' | 'singleton' | 'functionImport' | 'actionImport'
  /** Qualified; missing where only the service document is known. */
  readonly type?: string
  readonly description?: string
}

/**
 * What a path leads to. Names are matched exactly, and where that fails without regard to case, as Graph does. A key
 * may be anything: an id, `{key}`, `{id | userPrincipalName}`, behind a slash or in parentheses.
 */
export interface ResourceDetails {
  readonly path: string
  /**
   * `unknown`: the metadata does not know it, from `unknownSegment` on. That is no error: services serve more than
   * they describe.
   */
  readonly kind:
    | 'service'
    | 'collection'
    | 'item'
    /** A property: complex, primitive, or a collection of either. */
    | 'property'
    /** An action or a function whose answer is nothing that can be gone on from. */
    | 'operation'
    /** `$count`, `$value`, `$ref`, `content` of a stream. */
    | 'raw'
    | 'unknown'
  readonly unknownSegment?: string
  /** The operation that the path ends with, whatever its answer is. */
  readonly operation?: OperationDetail
  readonly description?: string
  /** Of the item, or of each item; missing where the metadata does not say. */
  readonly type?: TypeDetails
  /** What can stand next behind a `collection`: a key, then these; a cast; an operation bound to the collection. */
  readonly collectionOperations: readonly OperationDetail[]
}

/** Everything that an item of a type has; inherited parts included, its own last. */
export interface TypeDetails {
  /** Qualified by namespace: `microsoft.graph.user`. */
  readonly name: string
  readonly kind: 'entity' | 'complex' | 'enum' | 'primitive'
  readonly description?: string
  /** The nearest first: `microsoft.graph.directoryObject`, `microsoft.graph.entity`. */
  readonly baseTypes: readonly string[]
  /** Types that an item may be instead: for casts. */
  readonly derivedTypes: readonly string[]
  readonly abstract: boolean
  /** May have properties that the metadata does not know. */
  readonly open: boolean
  readonly hasStream: boolean
  /** Names of the key's properties. */
  readonly key: readonly string[]
  /** Each one is the names of the properties that together are a key: `[["userPrincipalName"]]`. */
  readonly alternateKeys: readonly (readonly string[])[]
  readonly properties: readonly PropertyDetail[]
  readonly navigation: readonly NavigationDetail[]
  /** Bound to one item. */
  readonly operations: readonly OperationDetail[]
  /** Of an enum. */
  readonly members: readonly string[]
  /** Of an enum: several members at a time. */
  readonly flags: boolean
}

export interface PropertyDetail {
  readonly name: string
  /** Of each item where it is a collection: `Edm.String`, `microsoft.graph.emailAddress`. */
  readonly type: string
  /** Tells enums and complex types apart without asking for each. */
  readonly typeKind: TypeDetails['kind'] | 'unknown'
  readonly collection: boolean
  readonly nullable: boolean
  /** Of an enum. */
  readonly members?: readonly string[]
  readonly description?: string
}

export interface NavigationDetail {
  readonly name: string
  readonly type: string
  readonly collection: boolean
  readonly containsTarget: boolean
  readonly description?: string
}

export interface OperationDetail {
  readonly name: string
  /** `microsoft.graph.sendMail`: how it can be called where the service demands the qualified form. */
  readonly qualifiedName: string
  readonly kind: 'action' | 'function'
  /** Without the binding parameter. */
  readonly parameters: readonly ParameterDetail[]
  readonly returns?: { readonly type: string; readonly collection: boolean }
  /** How a function is written in the path, placeholders included: `delta()`, `reminderView(startDateTime='{startDateTime}')`. */
  readonly segment: string
  readonly description?: string
}

export interface ParameterDetail {
  readonly name: string
  readonly type: string
  readonly collection: boolean
  readonly nullable: boolean
  readonly optional: boolean
  readonly members?: readonly string[]
  readonly description?: string
}
