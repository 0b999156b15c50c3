import { writeFileSync } from 'node:fs'
import { reporters, type MochaOptions, type Runner } from 'mocha'

/**
 * Mocha's own spec output, plus its counts in the file that `MOCHA_COUNTS_FILE` names: the test command
 * runs mocha once for each Node-RED line and closes with the sum.
 */
class CountingReporter extends reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options)
    const file = process.env['MOCHA_COUNTS_FILE']
    if (file === undefined) return
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats
      writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }))
    })
  }
}

export = CountingReporter
