/** Types only, without imports: the dialog's code is compiled against them. */

/** Items of a collection to choose a key from. */
export interface KeyPage {
  readonly keys: readonly KeyChoice[]
  /** Opaque; for the page that follows. */
  readonly next?: string
  /** How the first page was asked for; a page that follows is of the same kind and does not say it. `list`: the service can neither search nor filter there, so these are simply the first ones. */
  readonly by?: 'search' | 'filter' | 'id' | 'list'
}

export interface KeyChoice {
  readonly key: string | number
  /** Display name, subject, file name ... or the key itself. */
  readonly title: string
  /** What tells two of the same title apart: a mail address, a date. */
  readonly detail?: string
}
