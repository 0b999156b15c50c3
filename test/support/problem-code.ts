import { Problem } from '../../nodes/lib/problem'

/** The code of the problem that an attempt ends in; undefined where it succeeds. */
export function problemCodeOf(attempt: () => unknown): string | undefined {
  try {
    attempt()
    return undefined
  } catch (error) {
    if (error instanceof Problem) return error.code
    throw error
  }
}
