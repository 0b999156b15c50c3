import type { ConnectionDraft, ProblemReport } from '../graph-connection/admin-api'
export type { ProblemReport } from '../graph-connection/admin-api'
import type { ResourceName } from '../lib/odata/metadata/details'

export type {
  NavigationDetail,
  OperationDetail,
  ParameterDetail,
  PropertyDetail,
  ResourceDetails,
  ResourceName,
  TypeDetails,
} from '../lib/odata/metadata/details'
export type { KeyChoice, KeyPage } from '../lib/odata/key-page'

/**
 * What the edit dialog and the runtime say to each other over Node-RED's admin API, below
 * `graph-odata/:connection/`, where `:connection` is the id of the graph-connection. Answers never hold a token or a
 * secret; a failure is a `ProblemReport` with status 400 and above.
 *
 * | route                         | permission          | question             | answer             |
 * | ----------------------------- | ------------------- | -------------------- | ------------------ |
 * | GET `metadata`                | `graph-odata.read`  | ?refresh=true        | `MetadataOverview` |
 * | GET `metadata/resource`       | `graph-odata.read`  | ?path=users/{id}     | `ResourceDetails`  |
 * | POST `metadata`               | `graph-odata.write` | `MetadataQuestion`   | `MetadataOverview` |
 * | POST `metadata/resource`      | `graph-odata.write` | `MetadataQuestion`   | `ResourceDetails`  |
 * | POST `keys`                   | `graph-odata.write` | `KeySearch`          | `KeyPage`          |
 * | POST `try`                    | `graph-odata.write` | `TryRequest`         | `TryOutcome`       |
 * | POST `permissions`            | `graph-odata.write` | `PermissionQuestion` | `PermissionReport` |
 *
 * GET asks the connection as it is deployed, POST as the dialog has it: whoever may only read cannot make the
 * runtime call an address of their own choice.
 */

/** The connection as the dialog has it. */
export interface ConnectionChoice {
  /** The connection's edited values; missing: as it is deployed. */
  readonly draft?: ConnectionDraft
}

export interface MetadataQuestion extends ConnectionChoice {
  /** Ask the service again, although what it said before is still at hand. */
  readonly refresh?: boolean
  /** For `metadata/resource`. */
  readonly path?: string
}

export interface MetadataOverview {
  /** `none`: the service tells neither; names can still be typed. */
  readonly source: 'metadata' | 'serviceDocument' | 'none'
  /** Why it is not the metadata. */
  readonly problem?: ProblemReport
  /** In the service's order. */
  readonly resources: readonly ResourceName[]
}

/** Items of a collection to choose a key from. */
export interface KeySearch extends ConnectionChoice {
  /** The collection, without placeholders: `users`, `groups/0d6c.../members`. */
  readonly path: string
  /** Part of a name or a mail address, or a whole id; blank: the first ones. */
  readonly text: string
  /** `next` of the page before. */
  readonly next?: string
}

/** The node as it stands in the dialog. */
export interface NodeDraft {
  /** The node's id: flow and environment values are those of its place, once it is deployed. */
  readonly id?: string
  /** By the names of the contract; what is missing has its default. */
  readonly properties: Readonly<Record<string, unknown>>
  /** Stands for the message that a flow would send. */
  readonly message?: Readonly<Record<string, unknown>>
}

/** Aborted where the browser ends the request. Nothing is ever written. */
export interface TryRequest extends ConnectionChoice {
  readonly node: NodeDraft
}

/** Answered with status 200 also where the service refuses; 400 is for what cannot be asked for. */
export interface TryOutcome {
  readonly ok: boolean
  /** False for a write: only the request is shown. */
  readonly sent: boolean
  readonly request: ShownRequest
  readonly status?: number
  readonly requestId?: string
  /** Milliseconds, the token included. */
  readonly elapsed: number
  readonly result?: TryResult
  /** On 403 the panel of permissions has more to say. */
  readonly error?: ProblemReport
}

export interface ShownRequest {
  readonly method: string
  readonly url: string
  /** Without the token. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

export type TryResult =
  | {
      readonly kind: 'rows'
      readonly rows: readonly unknown[]
      /** There are more than were asked for. */
      readonly more: boolean
      /** The service's own count. */
      readonly count?: number
    }
  /** An item, a number, a text. */
  | { readonly kind: 'value'; readonly value: unknown; readonly cut: boolean }
  | { readonly kind: 'bytes'; readonly size: number }
  | { readonly kind: 'empty' }

export interface PermissionQuestion extends ConnectionChoice {
  readonly node: NodeDraft
  /** The user has switched Microsoft's public permissions service on: it is told the method and the path template. */
  readonly askService: boolean
}

export interface PermissionReport {
  readonly method: string
  /** All that is ever told to the permissions service: ids replaced, no query: `/users/{id}/messages`. */
  readonly template: string
  /** Where the permissions are from; `none`: nobody knows this path. */
  readonly source: 'table' | 'service' | 'none'
  /** Why the permissions service did not answer. */
  readonly serviceProblem?: ProblemReport
  /** Each one alone opens the request. Least privileged first. */
  readonly delegated: readonly PermissionRow[]
  readonly application: readonly PermissionRow[]
  readonly token: TokenPermissions
}

export interface PermissionRow {
  readonly name: string
  readonly least: boolean
  /** Whether the token has it; undefined where the token cannot be read. */
  readonly held?: boolean
  readonly description?: string
  readonly needsAdmin?: boolean
}

export interface TokenPermissions {
  /** `none`: nobody has signed in, or the service is open. */
  readonly kind: 'delegated' | 'application' | 'unknown' | 'none'
  readonly permissions: readonly string[]
  /** Why there is no token. */
  readonly problem?: ProblemReport
}
