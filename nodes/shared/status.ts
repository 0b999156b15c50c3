import type { Node, NodeAPI } from 'node-red'
import type { WriteOperation } from '../lib/odata/write-plan'
import type { Problem } from '../lib/problem'

export type SignInKey = 'signIn' | 'signInAgain'

/**
 * The one vocabulary of status dots: blue dot at work, green dot done, yellow ring waiting, red ring error.
 * Texts are keys of graph-connection's catalogue, which all nodes of the package share.
 */
export interface StatusLine {
  /** Rows so far; called for each page, shown a few times a second at the most. */
  reading(rows: number): void
  /** Bytes so far, as a share of all where their number is known. */
  transfer(key: 'downloading' | 'uploading', bytes: number, total: number | undefined): void
  /** What is being written, and of a list how many have been. */
  writing(operation: WriteOperation, written: number, total: number | undefined): void
  /** The service works on; per cent where it says so. */
  working(percent: number | undefined): void
  /** The flow behind is busy, so the next page waits; called for each page that does, shown like `reading`. */
  waiting(rows: number): void
  /** The service asks for fewer requests; counts the seconds down. */
  throttled(seconds: number): void
  done(rows: number | undefined): void
  /** Of a list that was written. */
  failedInPart(failed: number, total: number): void
  failed(key: 'failed' | SignInKey | 'notConfigured'): void
  clear(): void
  /** Ends the timer that a progress update may have left. */
  close(): void
}

const NAMESPACE = 'node-red-contrib-graph-odata/graph-connection:status.'
const PROGRESS_INTERVAL = 250

/** A refused sign-in names the service's `error`; without one there is none that could be repeated. */
export function signInKey({ values }: Problem): SignInKey {
  return values['error'] === undefined ? 'signIn' : 'signInAgain'
}

export function statusLine(RED: NodeAPI, node: Pick<Node, 'status'>): StatusLine {
  const format = new Intl.NumberFormat(language(RED))
  let timer: NodeJS.Timeout | undefined
  let pending: (() => void) | undefined
  let countdown: NodeJS.Timeout | undefined
  let throttledUntil = 0
  const text = (key: string, values?: Record<string, string>): string => RED._(NAMESPACE + key, values)
  const rowsText = (rows: number): string =>
    text(rows === 1 ? 'oneRow' : 'rows', { rows: format.format(rows) })

  const percent = new Intl.NumberFormat(language(RED), { style: 'percent' })
  const megabytes = new Intl.NumberFormat(language(RED), { maximumFractionDigits: 1 })
  const partOf = (bytes: number, total: number | undefined): string =>
    total === undefined || total === 0 ? `${megabytes.format(bytes / 1e6)} MB` : percent.format(bytes / total)

  const endProgress = (): void => {
    clearTimeout(timer)
    clearTimeout(countdown)
    timer = undefined
    pending = undefined
  }
  const show = (fill: 'blue' | 'green' | 'yellow' | 'red', shape: 'dot' | 'ring', shown: string): void => {
    endProgress()
    node.status({ fill, shape, text: shown })
  }
  /** The first update at once, later ones together at the end of each interval. */
  const progress = (update: () => void): void => {
    clearTimeout(countdown)
    if (timer !== undefined) {
      pending = update
      return
    }
    update()
    timer = setTimeout(() => {
      timer = undefined
      const next = pending
      pending = undefined
      if (next !== undefined) progress(next)
    }, PROGRESS_INTERVAL)
  }

  const countDown = (): void => {
    const seconds = Math.ceil((throttledUntil - Date.now()) / 1000)
    if (seconds <= 0) return
    show('yellow', 'ring', text('throttled', { seconds: format.format(seconds) }))
    countdown = setTimeout(countDown, 1000)
  }

  return {
    reading: (rows) =>
      progress(() =>
        node.status({ fill: 'blue', shape: 'dot', text: rows === 0 ? text('reading') : rowsText(rows) }),
      ),
    transfer: (key, bytes, total) =>
      progress(() =>
        node.status({ fill: 'blue', shape: 'dot', text: text(key, { part: partOf(bytes, total) }) }),
      ),
    writing: (operation, written, total) =>
      progress(() => {
        const shown =
          total === undefined
            ? text(operation)
            : text('written', { written: format.format(written), total: format.format(total) })
        node.status({ fill: 'blue', shape: 'dot', text: shown })
      }),
    working: (part) =>
      progress(() => {
        const shown =
          part === undefined ? text('working') : text('workingAt', { part: percent.format(part / 100) })
        node.status({ fill: 'blue', shape: 'dot', text: shown })
      }),
    waiting: (rows) =>
      progress(() =>
        node.status({ fill: 'yellow', shape: 'ring', text: text('waiting', { rows: format.format(rows) }) }),
      ),
    throttled: (seconds) => {
      // Many messages may wait for the same.
      const until = Date.now() + seconds * 1000
      if (until < throttledUntil + 1000) return
      throttledUntil = until
      countDown()
    },
    done: (rows) => show('green', 'dot', rows === undefined ? text('done') : rowsText(rows)),
    failedInPart: (failed, total) => {
      const numbers = { failed: format.format(failed), total: format.format(total) }
      show('red', 'ring', text('failedInPart', numbers))
    },
    failed: (key) => show('red', 'ring', text(key)),
    clear: () => {
      endProgress()
      node.status({})
    },
    close: endProgress,
  }
}

/** Node-RED's own language setting; numbers are grouped as that language does. */
function language(RED: NodeAPI): string {
  const configured = (RED.settings as unknown as Record<string, unknown>)['lang']
  return typeof configured === 'string' && Intl.NumberFormat.supportedLocalesOf(configured).length > 0
    ? configured
    : 'en-US'
}
