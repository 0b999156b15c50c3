/** What opens a request, each permission by itself; the least privileged first. */
export interface RequestPermissions {
  /** For a signed-in user. */
  readonly delegated: readonly Permission[]
  /** For an application. */
  readonly application: readonly Permission[]
}

export interface Permission {
  readonly name: string
  readonly least: boolean
  readonly description?: string
  /** Only an administrator can consent to it. */
  readonly needsAdmin?: boolean
}
