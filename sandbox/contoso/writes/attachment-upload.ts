import { readFileSync } from 'node:fs'
import type { Action } from '../../graph/action-call'
import { json, type Answer } from '../../graph/answer'
import type { Content } from '../../graph/contents'
import { badRequest } from '../../graph/errors'
import { textOf, type Row } from '../../graph/rows'
import { mimeType } from '../files'
import type { Store } from '../store'
import { markAttachments } from './outlook-rules'

/** Below this, an attachment goes in one request; above the other, nowhere. */
const least = 3 * 1024 * 1024
const most = 150 * 1024 * 1024

/** Outlook's way to upload what is too large for one request. */
export function attachmentUpload(store: Store): Record<string, Action> {
  return {
    'attachment/createUploadSession': ({ rows, via, parameters, request, setting }) => {
      const item = parameters.get('attachmentitem') as Row
      const size = Number(item['size'] ?? 0)
      if (item['attachmentType'] !== 'file' || textOf(item, 'name') === '')
        throw badRequest('A file and its name are required.', 'ErrorInvalidRequest')
      if (size < least)
        throw badRequest(
          'The attachment is smaller than 3 MB.',
          'ErrorAttachmentSizeShouldNotBeLessThanMinimumSize',
        )
      if (size > most)
        throw badRequest('The attachment is larger than 150 MB.', 'ErrorAttachmentSizeLimitExceeded')
      const table = rows.kept?.table
      const finish = (content: Content): Answer => {
        const name = textOf(item, 'name')
        const contentType = textOf(item, 'contentType') || mimeType(name)
        const row = table?.create({
          '@odata.type': '#microsoft.graph.fileAttachment',
          '@odata.mediaContentType': contentType,
          name,
          contentType,
          size: content.size,
          isInline: item['isInline'] === true,
          contentId: item['contentId'] ?? null,
          contentLocation: null,
          contentBytes: bytesOf(content).toString('base64'),
        })
        markAttachments(via?.owner, store)
        const collection = request.address.slice(0, request.address.lastIndexOf('/'))
        const Location = `${collection}('${encodeURIComponent(textOf(row ?? {}, 'id'))}')`
        return { status: 201, headers: { Location }, body: '' }
      }
      const session = { ...setting.uploads.start('attachment', size, finish), nextExpectedRanges: ['0-'] }
      const context = { '@odata.context': `${request.base}/$metadata#microsoft.graph.uploadSession` }
      return { answer: { ...json({ ...context, ...session }), status: 201 } }
    },
  }
}

/** A mailbox keeps attachments within its messages. */
function bytesOf({ bytes, file = '' }: Content): Buffer {
  return bytes ?? readFileSync(file)
}
