import type { ConnectionSecrets } from '../lib/connection-settings'

/**
 * What the edit dialog and the runtime say to each other over Node-RED's admin API, below
 * `graph-connection/`. Answers never hold a token or a secret. All need the permission
 * `graph-connection.write`.
 */

/** The dialog's values as they stand, deployed or not; the names are those of the node's properties. */
export interface ConnectionDraft {
  readonly settings: Readonly<Record<string, unknown>>
  /**
   * Only what was typed into the dialog since it was opened; '' for what was removed there. A secret that is missing
   * here is taken from the deployed connection if the draft's endpoints, tenant, client id and grant equal the
   * deployed ones.
   */
  readonly secrets: Readonly<Partial<Record<DraftSecret, string>>>
}

/** `certificate` and `privateKey` are PEM texts with their line breaks; one PEM may hold both as `certificate`. */
export type DraftSecret = keyof ConnectionSecrets

/** `POST graph-connection/:id/sign-in`; sets the cookie that binds the sign-in to this browser. */
export interface SignInStart extends ConnectionDraft {
  /** The editor's own address (`location.origin + pathname`), from which the callback's address is derived. */
  readonly editorUrl: string
}

export interface SignInStarted {
  /** Names this attempt for the status route; it is not the `state` that travels to the service. */
  readonly attempt: string
  readonly authorizeUrl: string
  /**
   * False where the redirect URL is of another origin than the editor: then the browser comes back without the
   * cookie, and the code (or the whole address) is to be pasted into the dialog.
   */
  readonly returnsHere: boolean
}

/** `POST graph-connection/:id/sign-in/:attempt`, answered with `SignInProgress`: one of the two. */
export interface SignInStep {
  /** The code, the query, or the whole address that the browser ended on. */
  readonly pasted?: string
  /** After `otherAccount`: the other account is meant. */
  readonly acceptAccount?: true
}

/**
 * `POST graph-connection/:id/device-sign-in` with a `ConnectionDraft` (grant `device_code`). The runtime polls the
 * service; the dialog asks `GET graph-connection/:id/sign-in/:attempt`, as for the other sign-in, and may give up by
 * `DELETE graph-connection/:id/sign-in/:attempt` (204; any attempt can be given up so).
 */
export interface DeviceSignInStarted {
  readonly attempt: string
  /** What the user types in, at this address. */
  readonly userCode: string
  readonly verificationUrl: string
  /** The service's own sentence about both, where it sends one. */
  readonly message?: string
  /** Milliseconds until the code ends: a browser's clock and Node-RED's may differ by hours. */
  readonly timeLeft: number
}

/** `POST graph-connection/:id/admin-consent`, with the body of a `SignInStart`, whatever the grant. */
export interface AdminConsentStarted {
  /** For the progress route; there `done` comes without an account. The outcome also stands on the callback page. */
  readonly attempt: string
  /** To open, or to send to an administrator: nothing is stored, so it may be another browser. Valid for a day. */
  readonly url: string
  /** False where the page that shows the outcome is not this Node-RED's. */
  readonly returnsHere: boolean
}

/**
 * `POST graph-connection/:id/test` with a `ConnectionDraft`, or with `{}` for the deployed connection. Calls the
 * service once. Answered with status 200 also where the service refuses; 400 is for settings that cannot be tried.
 */
export interface TestOutcome {
  readonly ok: boolean
  /** What the service answered; missing where no answer came. */
  readonly status?: number
  /** What was asked for: `/me`, `/organization` or the service document. */
  readonly asked: 'user' | 'organization' | 'service'
  readonly url: string
  /** Of a user: name and user principal name. Of an application: the organization's name. */
  readonly name?: string
  readonly username?: string
  readonly requestId?: string
  /** Milliseconds, the token included. */
  readonly elapsed: number
  readonly error?: ProblemReport
}

/**
 * `GET graph-connection/:id/sign-in/:attempt`. `failed` with the code `otherAccount` and an account: somebody else
 * has signed in than before; nothing is stored until that is accepted.
 */
export interface SignInProgress {
  readonly progress: 'pending' | 'done' | 'failed'
  readonly account?: AccountSummary
  readonly error?: ProblemReport
}

/**
 * `GET graph-connection/:id/token-state` (what is deployed), and the answer to `DELETE graph-connection/:id/sign-in`.
 * `POST graph-connection/:id/token-state` with a `ConnectionDraft`: the same of the dialog's values. A sign-in from a
 * dialog whose addresses, tenant, client id or grant differ from the deployed ones is kept apart and takes effect
 * when they are deployed; it is forgotten after a day without that. No token is fetched for such a draft.
 */
export interface TokenState {
  readonly state: 'signedIn' | 'signedOut' | 'application' | 'open' | 'notDeployed' | 'problem'
  readonly account?: AccountSummary
  /** Which app the token is for; its name only where the token tells it. */
  readonly app?: { readonly clientId: string; readonly displayName?: string }
  /** The directory's id as the token says it, else the tenant of the settings. */
  readonly tenant?: string
  /** True where a draft's state is meant that deploying brings into effect. */
  readonly afterDeploy?: true
  /** Delegated permissions or application roles, as far as they can be read from the token. */
  readonly permissions?: readonly string[]
  /** Milliseconds until the access token ends; negative where it has. */
  readonly timeLeft?: number
  /** Beside `signedIn` and `application`: the last renewal failed, and the token at hand serves on. */
  readonly error?: ProblemReport
}

export interface AccountSummary {
  readonly displayName: string
  readonly username: string
  readonly tenant: string
}

/** The body of every answer with status 400 and above. */
export interface ProblemReport {
  readonly code: string
  /** In the user's language, with the remedy. */
  readonly message: string
  /** The property of the dialog that is to be put right. */
  readonly field?: string
}
