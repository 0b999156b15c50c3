/** An access token as the service gave it: opaque to us, except that it ends. */
export interface AccessToken {
  readonly value: string
  /** Epoch milliseconds; undefined where the service did not say. */
  readonly expiresAt: number | undefined
}

/**
 * Where requests get their token from. One owner per connection: overlapping calls share one refresh.
 */
export interface TokenSource {
  /**
   * A token that is valid now, renewed first where that is due.
   * @throws Problem where only a person can help (`signInRequired`, `clientSecretWrong` ...).
   */
  get(signal: AbortSignal): Promise<AccessToken>
  /**
   * The service refused this token (401): it is dropped, and the next `get` fetches another. `claims` is a
   * claims challenge (decoded JSON text) that the next token request passes on.
   */
  reject(token: AccessToken, claims?: string): void
}
