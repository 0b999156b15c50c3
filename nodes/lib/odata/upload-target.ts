import { splitQuery } from '../split-query.js'
import { contentUrl, driveItemPath } from './content-url.js'

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
      /** To Do has sessions of its own kind. */
      readonly of: 'outlook' | 'todo'
      /** Of `POST .../attachments`. */
      readonly collection: string
      readonly session: string
    }
  | { readonly kind: 'stream'; readonly url: string }

const CONFLICT = '@microsoft.graph.conflictBehavior'

/**
 * @param url as entity, key and append URL make it: `.../root:/folder/name.txt`, with or without the closing colon and
 *   `/content`; `.../items/{id}`; `.../messages/{id}/attachments`; `.../photo`, with or without `/$value`.
 */
export function uploadTarget(url: string, conflict: Conflict): UploadTarget {
  const { path, query } = splitQuery(url)
  if (path.endsWith('/attachments')) {
    return {
      kind: 'attachment',
      of: path.includes('/todo/lists/') ? 'todo' : 'outlook',
      collection: path + query,
      session: `${path}/createUploadSession${query}`,
    }
  }
  const item = driveItemPath(path)
  if (item === undefined) return { kind: 'stream', url: contentUrl(url) }
  const byPath = item.endsWith(':')
  return {
    kind: 'driveItem',
    content: byPath ? withOption(`${item}/content${query}`, conflict) : `${item}/content${query}`,
    session: `${item}/createUploadSession`,
    conflict: byPath ? conflict : undefined,
  }
}

/** The address by which an answer to an upload is told. */
export function itemUrl(target: UploadTarget): string {
  if (target.kind === 'stream') return target.url
  return target.kind === 'attachment'
    ? target.collection
    : splitQuery(target.content).path.replace(/\/content$/u, '')
}

/**
 * Where an attachment is. Outlook names it on a host of its own (`https://outlook.office.com/api/v2.0/Users('...')/
 * Messages('...')/Attachments('...')`, Graph, "Attach large files to Outlook messages or events"), where our token
 * must not go; by its id it is found where it was uploaded to.
 */
export function uploadedLocation(target: UploadTarget, location: string | undefined): string | undefined {
  if (target.kind !== 'attachment') return undefined
  const [, quoted, plain] =
    /\/attachments(?:\('([^']+)'\)|\/([^/?#]+))\/?(?:[?#]|$)/iu.exec(location ?? '') ?? []
  const id = quoted ?? plain
  return id === undefined ? undefined : `${splitQuery(target.collection).path}/${id}`
}

function withOption(url: string, conflict: Conflict): string {
  return `${url}${url.includes('?') ? '&' : '?'}${CONFLICT}=${conflict}`
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

type Attachment = UploadTarget & { readonly kind: 'attachment' }

/** The same for an attachment (Graph, "attachment: createUploadSession", "taskFileAttachment: createUploadSession"). */
export function attachmentSessionBody(
  { of }: Attachment,
  name: string,
  contentType: string,
  size: number,
): object {
  const parameter = of === 'todo' ? 'attachmentInfo' : 'AttachmentItem'
  return { [parameter]: { attachmentType: 'file', name, contentType, size } }
}

export function attachmentBody({ of }: Attachment, name: string, contentType: string, bytes: Buffer): object {
  return {
    '@odata.type': `#microsoft.graph.${of === 'todo' ? 'taskFileAttachment' : 'fileAttachment'}`,
    name,
    contentType,
    contentBytes: bytes.toString('base64'),
  }
}

/** Where an upload session is reached. */
export interface SessionAddress {
  /** Of its status and its end. */
  readonly url: string
  /** Where its ranges go. */
  readonly ranges: string
  /** Whether the address is itself the permission; else the token goes along. */
  readonly anonymous: boolean
}

/**
 * A session of To Do is an item of the service itself, whose `/content` takes the ranges with the token (Graph, "Attach
 * files to a To Do task"). On any other host it is like all others.
 */
export function sessionAddress(target: UploadTarget, uploadUrl: string): SessionAddress {
  const own =
    target.kind === 'attachment' &&
    target.of === 'todo' &&
    new URL(uploadUrl).origin === new URL(target.collection).origin
  if (!own) return { url: uploadUrl, ranges: uploadUrl, anonymous: true }
  const { path, query } = splitQuery(uploadUrl)
  return { url: uploadUrl, ranges: `${path}/content${query}`, anonymous: false }
}
