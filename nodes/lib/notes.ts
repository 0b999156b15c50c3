/**
 * Secrets of ours that outlive a restart, by name. Losing one costs work, never data: whoever keeps one must be able to
 * begin anew.
 */
export interface Notes {
  /** Undefined where there is none, or none that can be opened any more. */
  read(name: string): Promise<string | undefined>
  write(name: string, text: string): Promise<void>
  remove(name: string): Promise<void>
}
