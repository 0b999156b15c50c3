import { splitQuery } from '../split-query.js'

/** Where the bytes of an item are, for users who name the item. */

const IN_DRIVE = String.raw`(?:/drives/[^/]+|/drive|/shares/[^/]+)`
const BY_PATH = new RegExp(String.raw`${IN_DRIVE}/(?:root|items/[^/:]+|special/[^/:]+):/[^:]+:?$`, 'u')
const BY_ID = new RegExp(
  String.raw`${IN_DRIVE}/(?:items/[^/:]+|driveItem)$|/lists/[^/]+/items/[^/]+/driveItem$`,
  'u',
)
const CHILD = new RegExp(String.raw`(${IN_DRIVE}/(?:root|items/[^/:]+))/children/([^/:]+)$`, 'u')
const WITH_VALUE = /\/(?:photo|photos\/[^/]+|attachments\/[^/]+)$/u

/**
 * An item's own address becomes that of its bytes: `/content` of a drive item, `/$value` of a photo or an attachment.
 * Any other address stays as it is.
 */
export function contentUrl(url: string): string {
  const { path, query } = splitQuery(url)
  const item = driveItemPath(path)
  if (item !== undefined) return `${item}/content${query}`
  return WITH_VALUE.test(path) ? `${path}/$value${query}` : url
}

/** The address of a drive item, `/content` left out; a path inside a drive ends with its colon. */
export function driveItemPath(path: string): string | undefined {
  const item = path.replace(/\/(?:content|createUploadSession)$/u, '').replace(CHILD, '$1:/$2:')
  if (BY_PATH.test(item)) return item.endsWith(':') ? item : `${item}:`
  return BY_ID.test(item) ? item : undefined
}
