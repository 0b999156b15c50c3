import { setTimeout as delay } from 'node:timers/promises'

/**
 * Waits until something holds. The limit is below a test's own: a wait that outlives its test would keep mocha from
 * ending.
 *
 * @param limit milliseconds
 */
export async function until(holds: () => boolean | Promise<boolean>, limit = 15_000): Promise<void> {
  const deadline = performance.now() + limit
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Gave up waiting until ${String(holds)}`)
    await delay(10)
  }
}
