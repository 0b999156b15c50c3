import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { NodeAPI } from 'node-red'
import { FileShelf } from '../lib/oauth2/file-shelf'
import { MemoryShelf } from '../lib/oauth2/memory-shelf'
import type { Secrets } from '../lib/oauth2/sealed-token-store'
import { SignInStore } from '../lib/oauth2/sign-in-store'
import { Problem } from '../lib/problem'
import { SettingsShelf } from './settings-shelf'

type Warn = (problem: Problem) => void

/** Where this Node-RED keeps sign-ins: beside its own files, unless it may not write or stores elsewhere. */
export function tokenStorage(RED: NodeAPI, warn: Warn): SignInStore {
  const settings = localSettings(RED)
  const warnOnce = once(warn)
  if (settings.readOnly || settings.userDir === undefined) {
    const secret = randomBytes(32).toString('base64url')
    const told = (): void => warnOnce(new Problem('signInInMemory'))
    return new SignInStore(new MemoryShelf(told), async () => [secret], warn)
  }
  const shelf = settings.storageModule
    ? new SettingsShelf(RED.settings)
    : new FileShelf(join(settings.userDir, 'graph-connection'))
  return new SignInStore(shelf, secretsOf(RED, shelf, warnOnce), warn)
}

interface OwnSecret {
  ownSecret(): Promise<string>
  existingSecret(): Promise<string | undefined>
}

/**
 * Node-RED's own secrets, so that whoever can read its credentials can read the sign-ins, and nobody else. The
 * generated one is noted while Node-RED starts: it removes it once the user has set one of their own.
 */
function secretsOf(RED: NodeAPI, shelf: OwnSecret, warn: Warn): Secrets {
  const generated = secretAt(RED, '_credentialSecret')
  return async () => {
    const shown = [secretAt(RED, 'credentialSecret'), secretAt(RED, '_credentialSecret'), generated]
    const disabled = settingAt(RED, 'credentialSecret') === false
    const visible = shown.filter((secret) => secret !== undefined)
    const [first, ...rest] = visible
    const own = await shelf.existingSecret()
    if (first !== undefined && !disabled) return [first, ...rest, ...(own === undefined ? [] : [own])]
    if (own === undefined) warn(new Problem('ownKeyFile'))
    return [own ?? (await shelf.ownSecret()), ...visible]
  }
}

function localSettings(RED: NodeAPI): {
  readOnly: boolean
  userDir: string | undefined
  storageModule: boolean
} {
  const userDir = settingAt(RED, 'userDir')
  return {
    readOnly: settingAt(RED, 'readOnly') === true,
    userDir: typeof userDir === 'string' && userDir !== '' ? userDir : undefined,
    storageModule: settingAt(RED, 'storageModule') !== undefined,
  }
}

function secretAt(RED: NodeAPI, name: string): string | undefined {
  const secret = settingAt(RED, name)
  return typeof secret === 'string' && secret !== '' ? secret : undefined
}

/** Throws while settings are not loaded, and in runtimes that have none. */
function settingAt(RED: NodeAPI, name: string): unknown {
  try {
    return RED.settings.get(name)
  } catch {
    return undefined
  }
}

function once(warn: Warn): Warn {
  const told = new Set<string>()
  return (problem) => {
    if (told.has(problem.code)) return
    told.add(problem.code)
    warn(problem)
  }
}
