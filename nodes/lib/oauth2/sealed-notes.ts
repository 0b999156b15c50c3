import { createHash } from 'node:crypto'
import type { Notes } from '../notes'
import { isRecord, textAt } from '../records'
import { open, parseSealed, seal, type KeyRing } from './seal'
import type { Secrets, Shelf, Slot } from './sealed-token-store'

/**
 * Keeps small secrets besides the sign-in as the sign-in itself is kept: an upload URL opens its session to whoever
 * has it. They go with their connection, and by themselves after a day.
 */
export function sealedNotes(connection: string, shelf: Shelf, secrets: Secrets, keys: KeyRing): Notes {
  const slotOf = (name: string): Slot => ({
    connection,
    part: createHash('sha256').update(`note ${name}`).digest('hex').slice(0, 16),
  })
  const bound = (name: string): string => JSON.stringify(['note', connection, name])
  return {
    read: async (name) => {
      const text = await shelf.read(slotOf(name))
      const sealed = text === undefined ? undefined : parseSealed(text)
      if (sealed === undefined) return undefined
      for (const secret of await secrets()) {
        const key = await keys.key(secret, Buffer.from(sealed.salt, 'base64'), connection)
        const opened = open(sealed, key, bound(name))
        if (opened !== undefined) return noteText(opened)
      }
      return undefined
    },
    write: async (name, text) => {
      const [secret] = await secrets()
      const { salt } = keys
      const key = await keys.key(secret, salt, connection)
      const sealed = seal(JSON.stringify({ text }), key, salt, bound(name))
      await shelf.write(slotOf(name), `${JSON.stringify({ written: Date.now(), ...sealed })}\n`)
    },
    remove: async (name) => shelf.remove(slotOf(name)),
  }
}

function noteText(opened: string): string | undefined {
  const value: unknown = JSON.parse(opened)
  return isRecord(value) ? textAt(value, 'text') : undefined
}
