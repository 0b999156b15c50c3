import type { ConnectionSettings } from '../../../nodes/lib/connection-settings'
import { FileShelf } from '../../../nodes/lib/oauth2/file-shelf'
import { obtainerOf } from '../../../nodes/lib/oauth2/grants'
import { RenewingSource } from '../../../nodes/lib/oauth2/renewing-source'
import { SealedTokenStore } from '../../../nodes/lib/oauth2/sealed-token-store'
import { webSecrets } from '../../lib/oauth2/local-sign-in'

/** One of the processes of rotation.test.ts: folder, settings (or `key`), rounds. */
async function main([folder = '', what = '', rounds = '0']: readonly string[]): Promise<void> {
  const shelf = new FileShelf(folder)
  if (what === 'key') {
    process.send?.(await shelf.ownSecret())
    return
  }
  const store = new SealedTokenStore(
    shelf,
    async () => ['a secret'],
    ({ code }) => {
      throw new Error(code)
    },
  )
  const settings = JSON.parse(what) as ConnectionSettings
  const warn = ({ code }: { readonly code: string }): void => {
    throw new Error(code)
  }
  const obtainer = obtainerOf({ settings, secrets: webSecrets, connection: 'c1', store, warn })
  if (obtainer === undefined) throw new Error('no grant')
  const source = new RenewingSource(obtainer)
  for (let round = 0; round < Number(rounds); round += 1) {
    source.reject(await source.get(new AbortController().signal))
    // The key is derived by now, which takes longest.
    if (round === 0) process.send?.('begun')
  }
}

main(process.argv.slice(2)).then(
  () => process.disconnect(),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`)
    process.exit(1)
  },
)
