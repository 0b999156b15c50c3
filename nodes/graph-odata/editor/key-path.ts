import { shownPath, type AddressFields } from './address.js'

const KEY = 'the-key-goes-here'

/**
 * The collection that the key is of: the path in front of the place where the key goes. Undefined where there is none,
 * or where only the running flow knows it.
 */
export function collectionOfKey(fields: AddressFields, itemConvention: string): string | undefined {
  try {
    const pieces = shownPath({ ...fields, key: { value: KEY, type: 'str' } }, itemConvention)
    const at = pieces.findIndex(({ text }) => text.includes(KEY))
    const before = pieces.slice(0, at + 1)
    if (at < 0 || !before.every(({ known }) => known)) return undefined
    const text = before.map((piece) => piece.text).join('')
    const path = text.slice(0, text.indexOf(KEY)).replace(/(?:\/|\('?)$/u, '')
    return path === '' || path.includes('?') ? undefined : path
  } catch {
    return undefined
  }
}
