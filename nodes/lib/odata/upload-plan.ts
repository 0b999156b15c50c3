import type { HttpRequest } from '../http/http'
import { inMegabytes } from '../megabytes'
import { Problem } from '../problem'
import type { UploadSource } from './upload-source'
import {
  attachmentBody,
  attachmentSessionBody,
  driveSessionBody,
  smallUpload,
  type UploadTarget,
} from './upload-target'

export interface UploadRequest {
  readonly target: UploadTarget
  /** As they go with every request to the service; not to the upload URL. */
  readonly headers: ReadonlyMap<string, string>
  readonly contentType: string
  /** Of an attachment. */
  readonly name: string
}

/** The first request of an upload. */
export type UploadStart = Required<Pick<HttpRequest, 'body' | 'headers' | 'method' | 'repeat' | 'url'>>

/**
 * Bytes up to which one PUT or POST does. Graph takes 4 MB in one write request; an upload session for an attachment
 * of less than 3 MiB is refused (Graph, "Attach large files to Outlook messages or events").
 */
const SMALL = { driveItem: 4_000_000, attachment: 3 * 1024 * 1024 - 1, stream: Infinity } as const
/** Bytes: what the largest of Graph's PUTs takes ("driveItem: put content"). It is held in memory. */
const MOST_AT_ONCE = 250 * 1024 * 1024

export function isLarge({ kind }: UploadTarget, { size }: UploadSource): boolean {
  return size > SMALL[kind]
}

/**
 * What an upload begins with: the bytes themselves where they are few, else the request for a session.
 *
 * @throws Problem `uploadTooLarge`, and of the source.
 */
export async function startOf(request: UploadRequest, source: UploadSource): Promise<UploadStart> {
  const { target, headers, contentType, name } = request
  const json = new Map([...headers, ['content-type', 'application/json']])
  if (target.kind !== 'stream' && isLarge(target, source)) {
    const body =
      target.kind === 'driveItem'
        ? driveSessionBody(target.conflict, source.size)
        : attachmentSessionBody(target, name, contentType, source.size)
    // A session that nobody uses does nothing.
    return {
      method: 'POST',
      url: target.session,
      headers: json,
      body: JSON.stringify(body),
      repeat: 'idempotent',
    }
  }
  if (source.size > MOST_AT_ONCE) throw new Problem('uploadTooLarge', { limit: inMegabytes(MOST_AT_ONCE) })
  const bytes = await source.read(0, source.size)
  await source.check()
  if (target.kind === 'attachment') {
    const body = JSON.stringify(attachmentBody(target, name, contentType, bytes))
    return { ...smallUpload(target), headers: json, body, repeat: 'once' }
  }
  // Twice with another name is two files.
  const renames = target.kind === 'driveItem' && target.conflict === 'rename'
  return {
    ...smallUpload(target),
    headers: new Map([...headers, ['content-type', contentType]]),
    body: bytes,
    repeat: renames ? 'once' : 'idempotent',
  }
}
