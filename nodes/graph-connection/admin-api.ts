/**
 * What the edit dialog and the runtime say to each other over Node-RED's admin API, below
 * `graph-connection/`. Answers never hold a token or a secret. All need the permission
 * `graph-connection.write`.
 */

/** The dialog's values as they stand, deployed or not; the names are those of the node's properties. */
export interface ConnectionDraft {
  readonly settings: Readonly<Record<string, unknown>>
  /**
   * Only what was typed into the dialog since it was opened. A secret that is missing here is taken from the
   * deployed connection if the draft's endpoints, tenant, client id and grant equal the deployed ones.
   */
  readonly secrets: Readonly<Partial<Record<'clientSecret' | 'username' | 'password', string>>>
}

/** `POST graph-connection/:id/sign-in`; sets the cookie that binds the sign-in to this browser. */
export interface SignInStart extends ConnectionDraft {
  /** The editor's own address (`location.origin + pathname`), from which the callback's address is derived. */
  readonly editorUrl: string
}

export interface SignInStarted {
  /** Names this attempt for the status route; it is not the `state` that travels to the service. */
  readonly attempt: string
  readonly authorizeUrl: string
  /** What the service sends the browser back to. */
  readonly redirectUrl: string
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
 * `GET graph-connection/:id/sign-in/:attempt`. `failed` with the code `otherAccount` and an account: somebody else
 * has signed in than before; nothing is stored until that is accepted.
 */
export interface SignInProgress {
  readonly progress: 'pending' | 'done' | 'failed'
  readonly account?: AccountSummary
  readonly error?: ProblemReport
}

/** `GET graph-connection/:id/token-state`, and the answer to `DELETE graph-connection/:id/sign-in`. */
export interface TokenState {
  readonly state: 'signedIn' | 'signedOut' | 'application' | 'open' | 'notDeployed' | 'problem'
  readonly account?: AccountSummary
  /** Delegated permissions or application roles, as far as they can be read from the token. */
  readonly permissions?: readonly string[]
  /** Epoch milliseconds at which the access token ends. */
  readonly expiresAt?: number
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
