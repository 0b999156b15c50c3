import type { ConnectionSettings } from '../connection-settings'
import type { Send } from '../http/http'
import { Problem } from '../problem'
import type { Answer } from './answer'
import type { ByteSink } from './byte-sink'
import { download, type DownloadOptions, type Downloaded } from './download'
import type { ReadPlan, ReadRequest } from './read-plan'
import { requestHeaders } from './request-headers'
import { upload, type UploadOptions } from './upload'
import type { UploadSource } from './upload-source'
import { uploadTarget, type Conflict } from './upload-target'

type FromSettings = 'maxResponseSize' | 'maxRetries' | 'timeout'

export type DownloadSettings = Omit<DownloadOptions, FromSettings> & {
  /** Bytes. */
  readonly maxSize: number
}

export type UploadSettings = Omit<UploadOptions, FromSettings> & {
  readonly conflict: Conflict
  readonly contentType: string
  /** Of an attachment; where it is blank the source's own name is taken. */
  readonly name: string
}

/** Bytes from and to the service. */
export interface Transfers {
  download(request: ReadRequest, sink: ByteSink, options: DownloadSettings): Promise<Downloaded>
  upload(request: ReadRequest, source: UploadSource, options: UploadSettings): Promise<Answer>
}

export function createTransfers(
  send: Send,
  plan: (request: ReadRequest) => ReadPlan,
  { timeout, maxResponseSize, maxRetries }: ConnectionSettings,
): Transfers {
  const limits = { timeout, maxResponseSize, maxRetries }
  return {
    download: async (request, sink, options) => {
      const { url, headers, prefer } = plan(request)
      const asked = { url, headers: anyType(requestHeaders(headers, prefer)), maxSize: options.maxSize }
      return download(send, asked, sink, { ...options, ...limits })
    },
    upload: async (request, source, { conflict, contentType, name, ...options }) => {
      const { url, headers, prefer } = plan(request)
      const asked = {
        target: uploadTarget(url, conflict),
        headers: requestHeaders(headers, prefer),
        contentType,
        name: name === '' ? (source.name ?? '') : name,
      }
      if (asked.target.kind === 'attachment' && asked.name === '') {
        throw new Problem('uploadNameMissing', { field: 'params' })
      }
      return upload(send, asked, source, { ...options, ...limits })
    },
  }
}

/** A file comes as what it is, unless the user asks for something else. */
function anyType(headers: Map<string, string>): Map<string, string> {
  if (headers.get('accept') === 'application/json') headers.set('accept', '*/*')
  return headers
}
