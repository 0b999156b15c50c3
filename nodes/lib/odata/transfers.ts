import type { ConnectionSettings } from '../connection-settings'
import type { Send } from '../http/http'
import { Problem } from '../problem'
import type { ByteSink } from './byte-sink'
import { contentUrl } from './content-url'
import { download, type DownloadOptions, type Downloaded } from './download'
import type { ReadPlan, ReadRequest } from './read-plan'
import { requestHeaders } from './request-headers'
import { upload, type Uploaded, type UploadOptions } from './upload'
import { startOf, type UploadRequest } from './upload-plan'
import type { UploadSource } from './upload-source'
import { uploadTarget, type Conflict } from './upload-target'
import type { PlannedRequest } from './write-plan'

type FromSettings = 'maxResponseSize' | 'maxRetries' | 'timeout'

export type DownloadSettings = Omit<DownloadOptions, FromSettings> & {
  /** Bytes. */
  readonly maxSize: number
}

/** What is uploaded, besides the bytes. */
export interface UploadFacts {
  readonly conflict: Conflict
  readonly contentType: string
  /** Of an attachment; where it is blank the source's own name is taken. */
  readonly name: string
  /** The version that is to be replaced; '' for any. */
  readonly ifMatch?: string
}

export type UploadSettings = Omit<UploadOptions, FromSettings> & UploadFacts

/** Bytes from and to the service. */
export interface Transfers {
  /** The first request of a download. */
  planDownload(request: ReadRequest): PlannedRequest
  download(request: ReadRequest, sink: ByteSink, options: DownloadSettings): Promise<Downloaded>
  /** The first request of an upload: the only one of a small file. */
  planUpload(request: ReadRequest, source: UploadSource, facts: UploadFacts): Promise<PlannedRequest>
  upload(request: ReadRequest, source: UploadSource, options: UploadSettings): Promise<Uploaded>
}

export function createTransfers(
  send: Send,
  plan: (request: ReadRequest) => ReadPlan,
  { timeout, maxResponseSize, maxRetries }: ConnectionSettings,
): Transfers {
  const limits = { timeout, maxResponseSize, maxRetries }
  const uploadOf = (request: ReadRequest, source: UploadSource, facts: UploadFacts): UploadRequest => {
    const { url, headers, prefer } = plan(request)
    const target = uploadTarget(url, facts.conflict)
    const name = facts.name === '' ? (source.name ?? '') : facts.name
    if (target.kind === 'attachment' && name === '') {
      throw new Problem('uploadNameMissing', { field: 'params' })
    }
    const all = requestHeaders(headers, prefer)
    if (facts.ifMatch !== undefined && facts.ifMatch !== '') all.set('if-match', facts.ifMatch)
    return { target, headers: all, contentType: facts.contentType, name }
  }
  const planDownload = (request: ReadRequest): PlannedRequest => {
    const { url, headers, prefer } = plan(request)
    // A file comes as what it is, unless the user asks for something else.
    return { method: 'GET', url: contentUrl(url), headers: new Map([['accept', '*/*'], ...headers]), prefer }
  }
  return {
    planDownload,
    download: async (request, sink, options) => {
      const { url, headers, prefer } = planDownload(request)
      const asked = { url, headers: requestHeaders(headers, prefer), maxSize: options.maxSize }
      return download(send, asked, sink, { ...options, ...limits })
    },
    planUpload: async (request, source, facts) => {
      const { method, url, headers, body } = await startOf(uploadOf(request, source, facts), source)
      return { method: method === 'PUT' ? 'PUT' : 'POST', url, headers, prefer: [], body }
    },
    upload: async (request, source, options) =>
      upload(send, uploadOf(request, source, options), source, { ...options, ...limits }),
  }
}
