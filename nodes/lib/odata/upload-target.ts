/** What becomes of a file that is there already (Graph, `@microsoft.graph.conflictBehavior`). */
export type Conflict = 'fail' | 'replace' | 'rename'

/**
 * How bytes get to an address: a drive item takes them by PUT or by an upload session, a mail or event takes an
 * attachment, anything else (a photo, a page) by PUT as it stands.
 */
export type UploadTarget =
  | {
      readonly kind: 'driveItem'
      /** Of `PUT .../content`. */
      readonly content: string
      /** Of `POST .../createUploadSession`. */
      readonly session: string
      /** Undefined where an existing item is named by its id: its content is replaced. */
      readonly conflict: Conflict | undefined
    }
  | {
      readonly kind: 'attachment'
      /** Of `POST .../attachments`. */
      readonly collection: string
      readonly session: string
    }
  | { readonly kind: 'stream'; readonly url: string }

const CONFLICT = '@microsoft.graph.conflictBehavior'

/**
 * @param url as entity, key and append URL make it: `.../root:/folder/name.txt`, with or without the closing colon and
 *   `/content`; `.../items/{id}`; `.../messages/{id}/attachments`; `.../photo/$value`.
 */
export function uploadTarget(url: string, conflict: Conflict): UploadTarget {
  const { path, query } = split(url)
  if (path.endsWith('/attachments')) {
    return {
      kind: 'attachment',
      collection: path + query,
      session: `${path}/createUploadSession${query}`,
    }
  }
  const item = driveItem(path)
  if (item === undefined) return { kind: 'stream', url }
  const byPath = item.endsWith(':')
  return {
    kind: 'driveItem',
    content: byPath ? withOption(`${item}/content${query}`, conflict) : `${item}/content${query}`,
    session: `${item}/createUploadSession`,
    conflict: byPath ? conflict : undefined,
  }
}

const IN_DRIVE = String.raw`(?:/drives/[^/]+|/drive|/shares/[^/]+)`
const BY_PATH = new RegExp(String.raw`${IN_DRIVE}/(?:root|items/[^/:]+|special/[^/:]+):/[^:]+:?$`, 'u')
const BY_ID = new RegExp(String.raw`${IN_DRIVE}/(?:items/[^/:]+|driveItem)$`, 'u')

/** The address of the item itself; a path inside a drive ends with its colon. */
function driveItem(path: string): string | undefined {
  const item = path.replace(/\/(?:content|createUploadSession)$/u, '')
  if (BY_PATH.test(item)) return item.endsWith(':') ? item : `${item}:`
  return BY_ID.test(item) ? item : undefined
}

function withOption(url: string, conflict: Conflict): string {
  return `${url}${url.includes('?') ? '&' : '?'}${CONFLICT}=${conflict}`
}

function split(url: string): { path: string; query: string } {
  const at = url.indexOf('?')
  return at < 0 ? { path: url, query: '' } : { path: url.slice(0, at), query: url.slice(at) }
}

/** The request that a small upload is. */
export function smallUpload(target: UploadTarget): { readonly method: 'PUT' | 'POST'; readonly url: string } {
  if (target.kind === 'attachment') return { method: 'POST', url: target.collection }
  return { method: 'PUT', url: target.kind === 'driveItem' ? target.content : target.url }
}

/** The body that begins an upload session of a drive item (Graph, "driveItem: createUploadSession"). */
export function driveSessionBody(conflict: Conflict | undefined, size: number): object {
  return { item: { ...(conflict === undefined ? {} : { [CONFLICT]: conflict }), fileSize: size } }
}

/** The same for an attachment (Graph, "attachment: createUploadSession"). */
export function attachmentSessionBody(name: string, contentType: string, size: number): object {
  return { AttachmentItem: { attachmentType: 'file', name, contentType, size } }
}

export function attachmentBody(name: string, contentType: string, bytes: Buffer): object {
  return {
    '@odata.type': '#microsoft.graph.fileAttachment',
    name,
    contentType,
    contentBytes: bytes.toString('base64'),
  }
}
