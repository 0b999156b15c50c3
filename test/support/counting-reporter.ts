import { writeFileSync } from 'node:fs'
import { reporters, type MochaOptions, type Runner } from 'mocha'

/** Milliseconds in which what the tests have opened must be closed; `MOCHA_PATIENCE` names others. */
const PATIENCE = Number(process.env['MOCHA_PATIENCE'] ?? 30_000)
/** The exit code of a run that did not end by itself. */
const STILL_OPEN = 97

/**
 * Mocha's own spec output, plus its counts in the file that `MOCHA_COUNTS_FILE` names: the test command
 * runs mocha once for each Node-RED line and closes with the sum.
 *
 * A run that does not end because something was left open fails and names it, instead of waiting for ever.
 */
class CountingReporter extends reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options)
    const file = process.env['MOCHA_COUNTS_FILE']
    if (file === undefined) return
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats
      writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }))
      setTimeout(endWhatIsOpen, PATIENCE).unref()
    })
  }
}

function endWhatIsOpen(): void {
  const resources = process.getActiveResourcesInfo().join(', ')
  process.stderr.write(`Left open after the last test: ${resources}\n`)
  // Mocha sets its own code at the exit; this listener comes after mocha's.
  process.once('exit', () => {
    process.exitCode = STILL_OPEN
  })
  process.exit()
}

export = CountingReporter
